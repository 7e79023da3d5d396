"""Verdicts written all at once are those that are spelt out one by one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.api.drift.v1 import window_pb2 as pb
from assay.drift.judging.lines import NUMBERS, Words, verdicts_of
from assay.drift.judging.verdicts import STATE_OF, verdicts
from assay.monitoring.checking import Monitor, Untested
from assay.monitoring.profiles import Numbers, profile_of
from assay.monitoring.profiles.columns import Floats, Labels, Table
from assay.monitoring.profiles.seasons import hours_counted
from assay.monitoring.verdicts import Verdict

ROWS, HOUR_S = 12_000, 3_600
words = st.builds(
    Words,
    st.sampled_from([*STATE_OF.values()]),
    st.none() | st.just("chi2"),
    st.none() | st.just("up"),
    st.none() | st.text(max_size=200),
)


def told(verdict: Verdict) -> pb.FeatureVerdict:
    """A verdict as a message, field by field."""
    plain = {name: getattr(verdict, name) for name in ("n", "severity", "direction", "note", "test", *NUMBERS)}
    moved = [pb.MovedBin(bin=each.bin, reference=each.reference, window=each.window) for each in verdict.moved]
    return pb.FeatureVerdict(feature=verdict.column, state=STATE_OF[verdict.state], moved=moved, **plain)


def table_of(rows: int, seed: int, hours: Floats, shift: float) -> Table:
    chance = np.random.default_rng(seed)
    season = 2 * np.sin(2 * np.pi * hours / 24)
    mostly_missing = np.where(chance.random(rows) < 0.999, np.nan, 1.0)
    return {
        "still": Numbers(chance.normal(size=rows)),
        "moved": Numbers(chance.normal(size=rows) + shift),
        "seasonal": Numbers(chance.normal(size=rows) + season + shift),
        "words": Labels(chance.integers(0, 3, rows), ("a", "b", "c")),
        "empty": Numbers(mostly_missing),
        "row": Numbers(np.arange(rows, dtype=np.float64)),
    }


@pytest.mark.parametrize("shift", [0.0, 0.4])
@pytest.mark.parametrize("is_seasonal", [False, True])
def test_all_at_once_says_what_one_by_one_says(shift: float, is_seasonal: bool) -> None:
    moments_s = np.linspace(0, 35 * 24 * HOUR_S, ROWS, endpoint=False)
    at_s = moments_s if is_seasonal else None
    profile = profile_of(table_of(ROWS, 1, moments_s // HOUR_S % 24, 0.0), moments_s=at_s)
    assert (profile.seasons is not None) == is_seasonal
    monitor = Monitor(profile, 0.01)
    for seed in (2, 3):
        now_s = np.linspace(36 * 24 * HOUR_S, 37 * 24 * HOUR_S, 3_000, endpoint=False)
        cells = profile.count(table_of(3_000, seed, now_s // HOUR_S % 24, shift))
        closed = monitor.close(cells, hours_counted(now_s) if is_seasonal else None)
        assert not isinstance(closed, Untested)
        assert verdicts(closed, None) == [told(each) for each in closed.verdicts()]


def test_what_fires_elsewhere_fires_unless_nothing_was_tested() -> None:
    profile = profile_of(table_of(ROWS, 1, np.zeros(ROWS), 0.0))
    closed = Monitor(profile, 0.01).close(profile.count(table_of(2_000, 2, np.zeros(2_000), 0.0)))
    assert not isinstance(closed, Untested)
    states = [each.state for each in verdicts(closed, np.ones(6, dtype=np.bool_))]
    assert states == [pb.DRIFT_STATE_FIRING] * 4 + [pb.DRIFT_STATE_INSUFFICIENT] * 2


@settings(max_examples=50)
@given(st.data())
def test_a_message_is_what_its_parts_say(data: st.DataObject) -> None:
    names = tuple(data.draw(st.lists(st.text(max_size=300), min_size=1, max_size=5)))
    said = data.draw(st.lists(words, min_size=1, max_size=3))
    spoken = np.array([data.draw(st.integers(0, len(said) - 1)) for _ in names])
    tested = np.array([data.draw(st.booleans()) for _ in names])
    floats = st.floats(allow_nan=False)
    numbers = np.array([[data.draw(floats) for _ in NUMBERS] for _ in names])
    numbers[data.draw(st.integers(0, len(names) - 1)), -1] = np.nan
    more = {0: pb.FeatureVerdict(severity="info", moved=[pb.MovedBin(bin="1 to 2", window=0.5)])}

    found = verdicts_of(names, 7, said, spoken, numbers, tested, more)

    for line, name in enumerate(names):
        word = said[spoken[line]]
        expected = pb.FeatureVerdict(feature=name, n=7, **word._asdict())
        for column, each in enumerate(NUMBERS):
            if tested[line] and not np.isnan(numbers[line, column]):
                setattr(expected, each, numbers[line, column])
        expected.MergeFrom(more.get(line, pb.FeatureVerdict()))
        assert found[line] == expected
