"""Panes are folded once, whatever comes twice, in pieces, or unreadable."""

from __future__ import annotations

import json
import random
import zlib

import numpy as np
import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.api.drift.v1 import pane_pb2 as pb
from assay.contracts.monitoring import Monitoring
from assay.drift.windows import fold as folding
from assay.drift.windows.counts import SliceCounts, packed, read_slice, unpacked
from assay.drift.windows.errors import UnreadableSliceError
from assay.drift.windows.tables import LANES, PANES
from assay.monitoring.performance import count_regression
from assay.monitoring.skew import Sample, count_skew
from assay.streaming import Record
from assay.streaming.topics import DRIFT_PANES
from tests.unit.drift.watched import counts_of
from tests.unit.drift.windows.merged import (
    BEGIN_MS,
    NOW_MS,
    REFERENCE,
    Merged,
    a_model,
    cases_of,
    on_shards,
    pane_of,
    panes_of,
)

MODEL = a_model(Monitoring(window_s=300, hop_s=300))
TABLES = ("drift_panes", "drift_lanes")


def whole(part: pb.DriftSlice) -> pb.DriftSlice:
    """A slice of which every part counts something."""
    written = json.dumps(counts_of(50).written()).encode()
    part.performance = zlib.compress(written)
    samples = count_skew([Sample(1.0, 1.0), Sample(1.0, 2.0)])
    part.skew.add(feature="tenure", counts=zlib.compress(json.dumps(samples.written()).encode()))
    part.operations.latencies.extend([0, 1, 2])
    part.operations.errors["Timeout"] = 3
    part.operations.fallbacks = 1
    return part


def a_slice(seed: int = 1) -> pb.DriftSlice:
    return whole(pane_of(cases_of(60, seed), MODEL, 0, 0).slices[0])


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32))
def test_in_any_chunks_with_any_restarts_the_rows_are_the_same(seed: int) -> None:
    cases, chance = cases_of(900, 7), random.Random(seed)
    panes = panes_of(cases, MODEL, random.Random(3))
    calm, hurt = Merged(MODEL), Merged(MODEL)
    calm.take_pane(*panes)
    for chunk in on_shards(panes, chance):
        if chance.random() < 0.3:
            take_back(hurt, chunk)
        if chance.random() < 0.3:
            hurt.restart()
        hurt.take(chunk)
    assert hurt.rows(TABLES) == calm.rows(TABLES)


def take_back(merged: Merged, chunk: list[Record]) -> None:
    """Fold a chunk in a transaction that is taken back."""
    connection = merged.engine.connect()
    transaction = connection.begin()
    merged.fold.apply(connection, chunk)
    transaction.rollback()
    connection.close()


def test_a_pane_that_was_counted_is_left_out() -> None:
    merged, pane = Merged(MODEL), pane_of(cases_of(100, 1), MODEL, 0, 0)
    merged.take_pane(pane)
    before = merged.rows(["drift_panes"])
    again = pane_of(cases_of(50, 1), MODEL, 0, 20)
    again.logs[0].log_end = 120
    merged.take_pane(pane, again)
    assert merged.rows(["drift_panes"]) == before


def test_a_pane_goes_on_where_records_went_before_they_were_read() -> None:
    merged = Merged(MODEL)
    merged.take_pane(pane_of(cases_of(100, 1), MODEL, 0, 0), pane_of(cases_of(10, 2), MODEL, 0, 300))
    assert sum(rows_of(merged)) == 110


def test_a_log_that_was_made_anew_begins_again() -> None:
    merged = Merged(MODEL)
    merged.take_pane(pane_of(cases_of(100, 1), MODEL, 0, 0), pane_of(cases_of(10, 2), MODEL, 0, 0))
    assert sum(rows_of(merged)) == 110


def test_parts_of_one_transaction_are_all_counted() -> None:
    merged, first = Merged(MODEL), pane_of(cases_of(100, 1), MODEL, 0, 0)
    first.logs[0].next_offset = first.logs[0].first_offset
    merged.take_pane(first, pane_of(cases_of(50, 2), MODEL, 0, 0))
    assert sum(rows_of(merged)) == 150


def rows_of(merged: Merged) -> list[int]:
    with merged.open() as transaction:
        return [unpacked(each).features[REFERENCE.id].rows for each in transaction.scalars(sa.select(PANES.c.counts))]


@pytest.mark.parametrize("value", [None, b"\xff\xff", pb.DriftPane(partition=1).SerializeToString()])
def test_what_is_no_pane_is_passed_by(value: bytes | None) -> None:
    merged = Merged(MODEL)
    merged.take([Record(DRIFT_PANES, 0, 0, NOW_MS, b"", value)])
    merged.offsets[0] = 0
    merged.take_pane(pane_of(cases_of(100, 1), MODEL, 0, 0))
    assert sum(rows_of(merged)) == 100


def test_a_slice_that_can_not_be_read_is_left_out_and_no_other() -> None:
    merged, pane = Merged(MODEL), pane_of(cases_of(400, 1), MODEL, 0, 0)
    pane.slices[0].performance = zlib.compress(b'{"of": "another Assay"}')
    merged.take_pane(pane)
    assert rows_of(merged) == [100]


def test_counts_that_do_not_fit_those_that_are_there_are_left_out() -> None:
    merged, other = Merged(MODEL), pane_of(cases_of(30, 1), MODEL, 0, 60)
    other.slices[0].features.cells.extend([1, 2, 3])
    merged.take_pane(pane_of(cases_of(60, 1), MODEL, 0, 0), other)
    assert rows_of(merged) == [60]


def test_more_rows_than_are_kept_at_hand_are_merged_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folding, "MOST_HOT", 1)
    merged = Merged(MODEL)
    merged.take_pane(pane_of(cases_of(1_000, 1), MODEL, 0, 0), pane_of(cases_of(1_000, 2), MODEL, 0, 1_000))
    assert rows_of(merged) == [600, 600, 600, 200]


def test_counts_are_packed_exactly_and_small() -> None:
    counts = read_slice(a_slice())
    assert unpacked(packed(counts)) == counts
    assert len(packed(counts)) < 2_500


@given(st.lists(st.integers(1, 5), min_size=3, max_size=3))
def test_counts_merge_in_any_order(seeds: list[int]) -> None:
    one, two, three = (read_slice(a_slice(seed)) for seed in seeds)
    assert (one + two) + three == one + (two + three)
    assert one + two == two + one
    assert one + SliceCounts() == one


def test_labels_that_were_counted_in_other_cells_stand_beside() -> None:

    values = np.arange(10, dtype=np.float64)
    one, two = (count_regression(values, values, edges) for edges in ((1.0, 2.0), (3.0, 4.0)))
    both = SliceCounts(performance=(one,)) + SliceCounts(performance=(two,)) + SliceCounts(performance=(one,))
    assert sorted(each.n for each in both.performance) == [10, 20]
    assert unpacked(packed(both)) == both


def test_counts_of_two_kinds_do_not_add_up() -> None:
    narrow, wide = pb.DriftSlice(), pb.DriftSlice()
    for part, cells in ((narrow, [1, 2]), (wide, [1, 2, 3])):
        part.features.reference = "r"
        part.features.cells.extend(cells)
    with pytest.raises(UnreadableSliceError):
        read_slice(narrow) + read_slice(wide)


def test_a_heartbeat_says_how_far_counting_is() -> None:
    merged = Merged(MODEL)
    merged.take_pane(pane_of(cases_of(100, 1), MODEL, 0, 0))
    beat = pane_of([], MODEL, 0, 100)
    beat.logs.add(topic="churn.labels.validated", first_offset=5, next_offset=7, log_end=9)
    beat.unmatched, beat.forgotten = 2, 3
    merged.clock.ms += 5_000
    merged.take_pane(beat)
    with merged.open() as transaction:
        row = transaction.execute(sa.select(LANES)).mappings().one()
    lane = folding.lane_of({**row})
    assert (lane.next_offset, lane.log_end, lane.unmatched, lane.forgotten) == (107, 109, 2, 3)
    assert (lane.moved_ms, lane.predicted_ms) == (NOW_MS + 5_000, NOW_MS)
    assert lane.max_event_ms == BEGIN_MS + 99_000
