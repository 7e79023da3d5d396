"""A monitor that is kept and restored goes on as if nothing had been in between."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.monitoring.checking import Monitor
from assay.monitoring.memory import Memory, UnreadableMemoryError
from assay.monitoring.profiles import Labels, Numbers, Table, profile_of
from assay.monitoring.verdicts import Verdict

Q = 0.01


def table(rows: int, seed: int, shift: float = 0.0) -> Table:
    rng = np.random.default_rng(seed)
    words = ("red", "green", "blue")
    return {
        "size": Numbers(rng.normal(shift, 1.0, rows)),
        "colour": Labels(rng.choice(3, rows, p=[0.5, 0.3, 0.2] if not shift else [0.2, 0.3, 0.5]), words),
    }


MEASURED = profile_of(table(6_000, 1))
LEARNING = replace(MEASURED, dispersion=None)
SIZES = st.lists(st.tuples(st.integers(1, 700), st.sampled_from([0.0, 0.0, 0.4])), min_size=1, max_size=40)


def undisturbed(profile: object, windows: Sequence[tuple[int, float]]) -> list[list[Verdict]]:
    tables = [table(rows, seed, shift) for seed, (rows, shift) in enumerate(windows)]
    monitor = Monitor(profile, Q)  # type: ignore[arg-type]  # one of the profiles above
    return [list(monitor.close(monitor.profile.count(each)).verdicts()) for each in tables]


@settings(max_examples=40, deadline=None)
@given(st.sampled_from([MEASURED, LEARNING]), SIZES, st.booleans())
def test_kept_and_restored_after_every_window_the_verdicts_are_those_of_an_undisturbed_one(
    profile: object, windows: Sequence[tuple[int, float]], shares_yardsticks: bool
) -> None:
    monitor, found = Monitor(profile, Q), []  # type: ignore[arg-type]  # one of the profiles above
    written = monitor.memory.as_bytes()
    for seed, (rows, shift) in enumerate(windows):
        ready = monitor.ready if shares_yardsticks and monitor.learnt is None else None
        monitor = Monitor.restored(monitor.profile, Q, Memory.read(written), ready=ready)
        found.append(list(monitor.close(monitor.profile.count(table(rows, seed, shift))).verdicts()))
        written = monitor.memory.as_bytes()
    assert repr(found) == repr(undisturbed(profile, windows))


def test_memory_of_one_size_is_small_and_the_same_bytes_each_time() -> None:
    monitor = Monitor(MEASURED, Q)
    monitor.close(MEASURED.count(table(500, 3)))
    written = monitor.memory.as_bytes()
    assert Memory.read(written).as_bytes() == written
    assert len(written) < 300


def test_a_memory_of_other_features_is_refused() -> None:
    other = MEASURED.only({"size"})
    with pytest.raises(UnreadableMemoryError, match="other features"):
        Monitor.restored(other, Q, Monitor(MEASURED, Q).memory)
    with pytest.raises(UnreadableMemoryError, match="no memory"):
        Memory.read(b"what is this")
