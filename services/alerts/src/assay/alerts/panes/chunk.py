"""The panes of one chunk, read and sorted before the store is asked for anything. Pure."""

from __future__ import annotations

from collections import defaultdict

from google.protobuf.message import DecodeError

from assay.alerts.errors import MalformedPaneError
from assay.alerts.panes.layout import Layout
from assay.alerts.panes.merge import Batch
from assay.alerts.panes.progress import Place, Seen
from assay.api.validation.v1.pane_pb2 import Pane, PaneMinute, PaneSlice

__all__ = ["Chunk"]

MAX_NAME = 249
"""Characters of a name at most, as of a topic."""


class Chunk:
    """Panes in the order of their shard."""

    def __init__(self) -> None:
        self.seen: defaultdict[Place, list[Seen]] = defaultdict(list)
        self.contracts: dict[Place, str] = {}
        self.batches: dict[Layout, Batch] = {}
        self._names: set[tuple[str, ...]] = set()
        self._last: dict[tuple[str, str], tuple[list[str], list[str], list[int], Batch]] = {}

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
        self._check((topic, contract))
        place = (topic, pane.partition)
        self.seen[place].append(Seen.of(pane))  # the pane itself is let go: what is kept of many fits the cache
        self.contracts[place] = contract
        for part in pane.slices:
            self._add_slice(contract, part)

    def _add_slice(self, contract: str, part: PaneSlice) -> None:
        version = part.version
        batch = self._batch_of(contract, version, part)
        for minute in part.minutes:
            key = (contract, minute.minute, version)
            try:
                batch.add(key, minute)
            except KeyError:
                self._batch(_naming(batch.layout, minute)).add(key, minute)

    def _check(self, names: tuple[str, ...]) -> None:
        if names in self._names:
            return
        if not all(map(_is_name, names)):
            raise MalformedPaneError("it lacks the name of its topic, its contract or its version")
        self._names.add(names)

    def _batch_of(self, contract: str, version: str, part: PaneSlice) -> Batch:
        """The batch of a slice: most have the layout of the last one of their version, and to compare is less than to make."""
        known = self._last.get((contract, version))
        if known:
            fields, promises, bounds_ms, batch = known
            if part.fields == fields and part.promises == promises and part.lateness_bounds_ms == bounds_ms:
                return batch
        self._check((version,))
        fields, promises, bounds_ms = part.fields[:], part.promises[:], part.lateness_bounds_ms[:]
        batch = self._batch(Layout(tuple(fields), tuple(promises), tuple(bounds_ms)))
        self._last[contract, version] = (fields, promises, bounds_ms, batch)
        return batch

    def _batch(self, layout: Layout) -> Batch:
        batch = self.batches.get(layout)
        if batch is None:
            batch = self.batches[layout] = Batch(layout)
        return batch


def _naming(layout: Layout, minute: PaneMinute) -> Layout:
    """A layout that names reasons of a newer validation too."""
    new = {each.reason for each in minute.refused} - {*layout.reasons}
    return layout._replace(reasons=(*layout.reasons, *sorted(new)))


def _is_name(text: str) -> bool:
    """Whether every database keeps it as it is; PostgreSQL refuses what holds a NUL."""
    return 0 < len(text) <= MAX_NAME and "\0" not in text
