"""What a monitor remembers from one window to the next: a small value that is kept as bytes and read back exactly."""

from __future__ import annotations

import json
import math
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NotRequired, Self, TypedDict

import numpy as np

from assay.monitoring.errors import MonitoringError
from assay.monitoring.profiles.cells import Cells
from assay.monitoring.profiles.columns import Floats, Ints
from assay.monitoring.profiles.dispersion import Level
from assay.monitoring.verdicts.standing import Standings

__all__ = ["Memory", "UnreadableMemoryError"]

MEMORY_VERSION = 1
QUICKLY = 1
_WHOLE, _REAL = "<i8", "<f8"


class UnreadableMemoryError(MonitoringError):
    """The bytes are no memory of a monitor, or of one of other features."""


@dataclass(frozen=True, slots=True, eq=False)
class Memory:
    """How a monitor stands after a window; one that is given it goes on as if nothing had been in between.

    `sizes` are the numbers of rows that yardsticks were made for, in their order. While it is learnt how windows differ,
    `learning` has those windows; after that `learnt` has what they showed. `hours_over` has the rows that are held over by
    hour of the week, where that is known.
    """

    window: int
    sizes: tuple[int, ...]
    standings: Standings
    held_over: Cells
    learning: tuple[Cells, ...] = ()
    learnt: Level | None = None
    hours_over: Ints | None = None

    def as_bytes(self) -> bytes:
        """Return it as bytes; equal memories give equal bytes."""
        level, cells = self.learnt, [self.held_over, *self.learning]
        head = {
            "assay_monitor": MEMORY_VERSION,
            "window": self.window,
            "sizes": self.sizes,
            "shape": self.held_over.counts.shape,
            "rows": [each.rows for each in cells],
            "learnt": None if level is None else [level.rows, level.windows],
            "hours": None if self.hours_over is None else self.hours_over.tolist(),
        }
        whole = [self.standings.hits, self.standings.calm, *(each.counts for each in cells if each.rows)]
        real = [] if level is None else _factors(level)
        body = b"".join([*(each.astype(_WHOLE).tobytes() for each in whole), *(_real(each) for each in real)])
        return zlib.compress(json.dumps(head).encode() + b"\n" + body, QUICKLY)

    @classmethod
    def read(cls, written: bytes) -> Self:
        """Return the memory that was written.

        Raises:
            UnreadableMemoryError: the bytes are none.
        """
        try:
            head, _, body = zlib.decompress(written).partition(b"\n")
            said: _Said = json.loads(head)
            if said["assay_monitor"] != MEMORY_VERSION:
                raise UnreadableMemoryError(f"a monitor's memory of version {said['assay_monitor']}")
            return cls._read(said, body)
        except (zlib.error, ValueError, KeyError, TypeError, StopIteration) as error:
            raise UnreadableMemoryError(f"no memory of a monitor: {error!r}") from error

    @classmethod
    def _read(cls, said: _Said, body: bytes) -> Self:
        (features, width), rows, numbers = said["shape"], said["rows"], _Numbers(body)
        standings = Standings(numbers.whole((features,)), numbers.whole((features,)))
        held_over, *learning = [
            Cells(each, numbers.whole((features, width)) if each else np.zeros((features, width), dtype=np.int64))
            for each in rows
        ]
        learnt = None
        if said["learnt"] is not None:
            mean, second, third, ks = (numbers.real((features,)) for _ in range(4))
            size, windows = said["learnt"]
            learnt = Level(size, windows, mean, second, third, ks, numbers.real((features, -1)))
        hours = said.get("hours")
        hours_over = None if hours is None else np.array(hours, dtype=np.int64)
        return cls(said["window"], tuple(said["sizes"]), standings, held_over, tuple(learning), learnt, hours_over)


class _Said(TypedDict):
    """What stands before the numbers."""

    assay_monitor: int
    window: int
    sizes: list[int]
    shape: tuple[int, int]
    rows: list[int]
    learnt: tuple[int, int] | None
    hours: NotRequired[list[int] | None]


@dataclass(slots=True)
class _Numbers:
    """Reads arrays one after the other."""

    body: bytes
    at: int = 0

    def whole(self, shape: Sequence[int]) -> Ints:
        count = math.prod(shape)
        found = np.frombuffer(self.body, dtype=_WHOLE, count=count, offset=self.at).astype(np.int64)
        self.at += 8 * count
        return found.reshape(shape)

    def real(self, shape: Sequence[int]) -> Floats:
        count = math.prod(shape) if shape[-1] >= 0 else -1
        found = np.frombuffer(self.body, dtype=_REAL, count=count, offset=self.at).astype(np.float64)
        self.at += 8 * found.size
        return found.reshape(shape)


def _factors(level: Level) -> Iterator[Floats]:
    yield from (level.mean, level.second, level.third, level.ks, level.special)


def _real(numbers: Floats) -> bytes:
    return numbers.astype(_REAL).tobytes()
