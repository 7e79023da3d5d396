"""The panes of one chunk, read and added up before the store is asked for anything. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping

from google.protobuf.message import DecodeError

from assay.alerts.errors import MalformedPaneError
from assay.alerts.panes.layout import Layout
from assay.alerts.panes.merge import Minute, Parts, Place, Sum
from assay.api.validation.v1.pane_pb2 import Pane, PaneSlice

__all__ = ["Chunk"]

MAX_NAME = 255
MAX_TOPIC = 249


class Chunk:
    """Panes in the order of their shard.

    Args:
        horizons: the oldest minute that is kept, by contract; what is older is counted in `too_late` and left out.
    """

    def __init__(self, horizons: Mapping[str, int]) -> None:
        self.minutes: defaultdict[Minute, Parts] = defaultdict(dict)
        self.panes: defaultdict[Place, list[Pane]] = defaultdict(list)
        self.layouts: dict[Layout, bytes] = {}
        self.too_late: Counter[str] = Counter()
        self._horizons = horizons

    def add(self, value: bytes | None) -> None:
        """Take in one message.

        Raises:
            MalformedPaneError: it is no pane; what can be read of it counts.
        """
        try:
            pane = Pane.FromString(value or b"")
        except DecodeError as error:
            raise MalformedPaneError("the bytes are no such message") from error
        topic, contract = pane.topic, pane.contract
        if not _is_name(topic, MAX_TOPIC) or not _is_name(contract, MAX_NAME):
            raise MalformedPaneError("it names no topic or no contract")
        self.panes[topic, pane.partition].append(pane)
        for part in pane.slices:
            self._add_slice(contract, part)

    def _add_slice(self, contract: str, part: PaneSlice) -> None:
        version, oldest = part.version, self._horizons.get(contract)
        if not _is_name(version, MAX_NAME):
            raise MalformedPaneError("a slice names no version")
        layout = Layout(tuple(part.fields[:]), tuple(part.promises[:]), tuple(part.lateness_bounds_ms[:]))
        digest = self.layouts.get(layout)
        if digest is None:
            digest = self.layouts[layout] = layout.digest
        for minute in part.minutes:
            number = minute.minute
            if oldest is not None and number < oldest:
                self.too_late[contract] += 1
                continue
            parts = self.minutes[contract, number, version]
            total = parts.get(digest)
            if total is None:
                total = parts[digest] = Sum(layout)
            total.add(minute)


def _is_name(text: str, limit: int) -> bool:
    """Whether every database keeps it as it is; PostgreSQL refuses what holds a NUL."""
    return 0 < len(text) <= limit and "\0" not in text
