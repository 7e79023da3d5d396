"""One run in one partition: where it is, what it met and left, and how fast it may go."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter

from assay.recovery.run import Run, RunState
from assay.recovery.throttle import Throttle
from assay.runtime import Clock
from assay.streaming import HeaderError, Partition, Source
from assay.streaming.cursor import Cursor

__all__ = ["Errand"]

MOST_EXPLANATIONS = 20
MOST_TEXT = 300
OTHERS = "other causes"
FAR = 5_000
"""Offsets that it costs less to pass over than to read."""


class Errand:
    """Goes from the log's beginning to where it ended when the run was started; begun anew, it finds what is settled.

    `run` is the run as it was last heard of.
    """

    def __init__(self, run: Run, partition: Partition, clock: Clock) -> None:
        self.run = run
        self.cursor: Cursor | None = None
        self.position = 0
        """All before it is done with, and committed."""
        self.left: Counter[str] = Counter()
        """Why it left those that it met and left."""
        self.value: bytes | None = None
        """What is resubmitted, once it was asked for."""
        self._partition = partition
        self._throttle = Throttle(clock)
        self._offsets = _offsets(run, partition)

    @property
    def end(self) -> int:
        return self.run.ends[self._partition.partition]

    @property
    def rate_per_s(self) -> float:
        """What of the run's rate is this partition's: those that are through leave theirs to the others."""
        sharing = len(self.run.ends.keys() - self.run.done)
        return self.run.rate_per_s / max(1, sharing)

    def spare(self, most: int) -> int:
        """Return how many dead letters it may settle now."""
        return 0 if self.run.state is not RunState.RUNNING else self._throttle.spare(self.rate_per_s, most)

    def move(self, position: int, left: Counter[str], settled: int) -> None:
        """Be at an offset: all before it is done with, and committed."""
        self.position, self.left = position, left
        self._throttle.take(settled)

    def with_left(self, stays: Counter[tuple[str, str]]) -> Counter[str]:
        """Return why dead letters were left, these among them; causes beyond the first twenty are counted together."""
        left = Counter(self.left)
        for (_, text), count in stays.items():
            short = text[:MOST_TEXT]
            left[short if short in left or len(left) < MOST_EXPLANATIONS else OTHERS] += count
        return left

    def next_offset(self, position: int) -> int:
        """Return where to read on: single dead letters that are far apart are gone to."""
        if self._offsets is None:
            return position
        spot = bisect_left(self._offsets, position)
        wanted = self._offsets[spot] if spot < len(self._offsets) else self.end
        return wanted if wanted - position > FAR or wanted == self.end else position


def _offsets(run: Run, partition: Partition) -> list[int] | None:
    """Return the offsets of the single dead letters that are meant here; None where all may be."""
    if not run.selection.places:
        return None
    found = []
    for place in run.selection.places:
        try:
            source = Source.parse(place)
        except HeaderError:
            continue
        if Partition(source.topic, source.partition) == partition:
            found.append(source.offset)
    return sorted(found)
