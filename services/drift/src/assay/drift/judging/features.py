"""Whether what a model reads has moved: the cells of a window held to the profile of its reference, with the evidence."""

from __future__ import annotations

import math
import zlib
from collections import OrderedDict
from collections.abc import Iterator, MutableMapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import blake2b

import msgspec
import numpy as np

from assay.api.drift.v1 import window_pb2 as pb
from assay.contracts.monitoring import Monitoring
from assay.drift.judging.verdicts import STATE_OF, verdicts
from assay.drift.references import Reference
from assay.monitoring.checking import Monitor, Untested
from assay.monitoring.memory import Memory, UnreadableMemoryError
from assay.monitoring.profiles import Profile
from assay.monitoring.profiles.cells import Cells
from assay.monitoring.profiles.columns import Booleans, Ints
from assay.monitoring.profiles.dispersion import Level
from assay.monitoring.univariate.measuring import Yardstick
from assay.monitoring.verdicts import q_for

__all__ = ["YARDSTICKS", "FeatureState", "Yardsticks", "judge_features", "phases_of"]

MOST_READY = 256
"""Yardsticks that are kept ready; one of 500 features takes some 400 KB."""


@dataclass(frozen=True, slots=True)
class FeatureState:
    """What windows leave to the next: the memory of each phase, all of one reference.

    Windows that overlap are not independent, and two hits in three would be one. So each window is judged by the monitor of
    its phase, whose windows follow one another; with windows that do not overlap there is one phase.
    """

    reference: str = ""
    phases: tuple[bytes, ...] = ()
    own: tuple[bytes, ...] = ()
    """Of a segment, by phase: what its first windows came to, which is what it is held to."""


@dataclass(slots=True)
class Yardsticks:
    """Yardsticks that were made, by what they measure; those used longest ago go first."""

    _made: OrderedDict[tuple[str, int], Yardstick] = field(default_factory=OrderedDict)

    def of(self, reference: str, memory: Memory | None) -> MutableMapping[int, Yardstick]:
        """Return those of one reference, and of one level where it has none of its own."""
        learnt = memory.learnt if memory else None
        name = reference if learnt is None else f"{reference}/{_digest(learnt)}"
        return _Ready(name, self._made)


YARDSTICKS = Yardsticks()
"""Of this process. What is read from it is what would be made anew, so that whoever asks sees no difference."""


def judge_features(
    monitoring: Monitoring,
    reference: Reference,
    start_ms: int,
    cells: Cells,
    state: FeatureState,
    yardsticks: Yardsticks = YARDSTICKS,
    hours: Ints | None = None,
    *,
    is_segment: bool = False,
) -> tuple[list[pb.FeatureVerdict], FeatureState]:
    """Return what a window says of each feature of its reference, in their order, and the state after it.

    With rows by hour of the week, what has a season is held to these hours. A reference other than that of the state starts
    anew. With windows that overlap a feature fires while it does in any
    phase.
    """
    phases = phases_of(monitoring)
    state = _fitting(state, reference.id, phases)
    place = start_ms // (1000 * monitoring.hop_s) % phases
    memory = _memory(state.phases[place])
    profile, own = (_alone if is_segment else _whole)(reference.profile, memory, state.own[place], cells)
    threshold = q_for(monitoring.false_raises, len(profile.names), monitoring.windows_a_month)
    monitor = _monitor(profile, threshold, memory, yardsticks.of(_name(reference.id, own), memory))
    closed = monitor.close(cells, hours)
    others = state.phases[:place] + state.phases[place + 1 :]
    told = _untested(closed) if isinstance(closed, Untested) else verdicts(closed, _firing(others))
    after = _with(state.phases, place, monitor.memory.as_bytes()), _with(state.own, place, own)
    return list(told), FeatureState(reference.id, *after)


def _fitting(state: FeatureState, reference: str, phases: int) -> FeatureState:
    """The state of this reference, with so many phases; a new one where it is of another."""
    if state.reference == reference and len(state.phases) == len(state.own) == phases:
        return state
    return FeatureState(reference, (b"",) * phases, (b"",) * phases)


def _with(values: tuple[bytes, ...], place: int, value: bytes) -> tuple[bytes, ...]:
    return (*values[:place], value, *values[place + 1 :])


def _whole(profile: Profile, memory: Memory | None, own: bytes, cells: Cells) -> tuple[Profile, bytes]:  # noqa: ARG001 -- as `_alone`
    return profile, b""


def _alone(profile: Profile, memory: Memory | None, own: bytes, cells: Cells) -> tuple[Profile, bytes]:
    """What a segment is held to: its own first windows, for it is not as all predictions are; and that as bytes.

    While it is learnt how its windows differ, they are gathered, this one too.
    """
    found = _cells(own, cells)
    if memory is None or memory.learnt is None:
        found = found + cells
        own = msgspec.msgpack.encode((found.rows, zlib.compress(found.counts.astype("<i8").tobytes(), 1)))
    return replace(profile, cells=found, dispersion=None, seasons=None), own


def _cells(written: bytes, like: Cells) -> Cells:
    if not written:
        return Cells(0, np.zeros_like(like.counts))
    rows, counts = msgspec.msgpack.decode(written)
    return Cells(rows, np.frombuffer(zlib.decompress(counts), "<i8").reshape(like.counts.shape))


def phases_of(monitoring: Monitoring) -> int:
    """Return how many windows begin before one ends: 1 where they follow one another."""
    return max(math.ceil(monitoring.window_s / monitoring.hop_s), 1)


def _memory(written: bytes) -> Memory | None:
    """What a monitor remembers; None before its first window, and of an Assay that is older or newer: it is learnt again."""
    try:
        return Memory.read(written) if written else None
    except UnreadableMemoryError:
        return None


def _monitor(
    profile: Profile, threshold: float, memory: Memory | None, ready: MutableMapping[int, Yardstick]
) -> Monitor:
    if memory is not None:
        try:
            return Monitor.restored(profile, threshold, memory, ready=ready)
        except UnreadableMemoryError:
            pass  # of a reference with other features
    return Monitor(profile, threshold, ready=ready)


def _firing(others: Sequence[bytes]) -> Booleans | None:
    """The features that fire in other phases; None where there are none."""
    calm = [Memory.read(each).standings.calm for each in others if each]
    return np.logical_or.reduce([each >= 0 for each in calm]) if calm else None


def _untested(closed: Untested) -> Iterator[pb.FeatureVerdict]:
    for each in closed.verdicts():
        yield pb.FeatureVerdict(feature=each.column, state=STATE_OF[each.state], n=each.n, note=each.note)


def _name(reference: str, own: bytes) -> str:
    """What yardsticks are known by: a segment's are its own."""
    return f"{reference}/{blake2b(own, digest_size=12).hexdigest()}" if own else reference


def _digest(level: Level) -> str:
    factors = (level.mean, level.second, level.third, level.ks, level.special)
    return blake2b(b"".join(each.tobytes() for each in factors), digest_size=12).hexdigest()


@dataclass(slots=True)
class _Ready(MutableMapping[int, Yardstick]):
    """The yardsticks of one name among all."""

    name: str
    made: OrderedDict[tuple[str, int], Yardstick]

    def __getitem__(self, rows: int) -> Yardstick:
        found = self.made[self.name, rows]
        self.made.move_to_end((self.name, rows))
        return found

    def __setitem__(self, rows: int, held: Yardstick) -> None:
        self.made[self.name, rows] = held
        while len(self.made) > MOST_READY:
            self.made.popitem(last=False)

    def __delitem__(self, rows: int) -> None:
        del self.made[self.name, rows]

    def __iter__(self) -> Iterator[int]:
        return (rows for name, rows in self.made if name == self.name)

    def __len__(self) -> int:
        return sum(1 for _ in self)
