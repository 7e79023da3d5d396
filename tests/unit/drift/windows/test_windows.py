"""Windows of a stream come to what files come to: in any order within the watermark, in any chunks, with any restarts."""

from __future__ import annotations

import json
import random
import zlib
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.api.alerts.v1 import alerts_pb2
from assay.api.drift.v1 import window_pb2 as pb
from assay.contracts.monitoring import Monitoring
from assay.drift.judging.features import phases_of
from assay.monitoring.checking import check
from assay.monitoring.profiles.columns import Ints
from assay.monitoring.verdicts import Verdict, q_for
from tests.unit.drift.watched import counts_of
from tests.unit.drift.windows.merged import (
    BEGIN_MS,
    DELAY_S,
    REFERENCE,
    Case,
    Known,
    Merged,
    a_model,
    cases_of,
    on_shards,
    pane_of,
    panes_of,
    said,
    table_of,
)

TUMBLING = Monitoring(window_s=300, hop_s=300)
HOPPING = Monitoring(window_s=600, hop_s=300)
LONG = 10 * 3_600
FIELDS = ("statistic", "p", "q", "effect", "psi", "js", "hellinger", "wasserstein", "missing", "unseen", "dispersion")


def of_files(cases: list[Case], monitoring: Monitoring) -> dict[int, list[Verdict]]:
    """The verdicts of the engine over the same rows, by the begin of the window; the last one, which is open, left out."""
    size_ms = 1000 * monitoring.window_s
    moments = np.array([each.at_ms for each in cases])
    starts = sorted({int(at) for at in moments // size_ms * size_ms})[:-1]
    windows: list[Ints] = [np.flatnonzero(moments // size_ms * size_ms == at) for at in starts]
    threshold = q_for(monitoring.false_raises, 2, monitoring.windows_a_month)
    judged = check(REFERENCE.profile, table_of(cases), windows, threshold)
    return {at: list(each.verdicts()) for at, each in zip(starts, judged, strict=True)}


def test_windows_equal_those_of_files_number_by_number() -> None:
    cases = cases_of(3_000, 5, moved_from=1_500)
    merged, sizes = Merged(a_model(TUMBLING)), random.Random(1)
    for chunk in on_shards(panes_of(cases, merged.model, sizes), sizes):
        merged.take(chunk)
    merged.settle()

    files = of_files(cases, TUMBLING)
    windows = merged.windows()
    assert [each.start_ms for each in windows] == [*files]
    assert [each.number for each in windows] == [*range(len(files))]
    for window in windows:
        for mine, theirs in zip(window.features, files[window.start_ms], strict=True):
            assert pb.DriftState.Name(mine.state) == f"DRIFT_STATE_{theirs.state.name}"
            assert (mine.feature, mine.n, mine.note) == (theirs.column, theirs.n, theirs.note or "")
            for name in FIELDS:
                assert (getattr(mine, name) if mine.HasField(name) else None) == getattr(theirs, name), name  # type: ignore[arg-type]  # names of fields
            assert [(each.bin, each.reference, each.window) for each in mine.moved] == [
                (each.bin, each.reference, each.window) for each in theirs.moved
            ]
    firing = {each.feature for window in windows for each in window.features if each.state == pb.DRIFT_STATE_FIRING}
    assert firing == {"tenure"}


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from([TUMBLING, HOPPING]))
def test_in_any_order_in_any_chunks_with_any_restarts_windows_are_those_of_an_undisturbed_run(
    seed: int, monitoring: Monitoring
) -> None:
    cases, chance = cases_of(1_500, 5, moved_from=700), random.Random(seed)
    calm, hurt = Merged(a_model(monitoring)), Merged(a_model(monitoring))
    for chunk in on_shards(panes_of(cases, calm.model, random.Random(0)), random.Random(0)):
        calm.take(chunk)
    calm.settle()
    for chunk in on_shards(panes_of(cases, hurt.model, chance), chance):
        hurt.take(chunk)
        if chance.random() < 0.5:
            hurt.turn(revises=chance.random() < 0.5)
        if chance.random() < 0.3:
            hurt.restart()
    hurt.settle()

    assert said(hurt.windows()) == said(calm.windows())
    assert all(each.revision == 1 for each in hurt.windows())


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from([TUMBLING, HOPPING]))
def test_panes_that_come_late_bring_windows_to_what_they_would_have_been(seed: int, monitoring: Monitoring) -> None:
    cases, chance = cases_of(1_500, 5, moved_from=700), random.Random(seed)
    calm, late = Merged(a_model(monitoring)), Merged(a_model(monitoring))
    for chunk in on_shards(panes_of(cases, calm.model, random.Random(0)), random.Random(0)):
        calm.take(chunk)
    calm.settle()
    for chunk in on_shards(panes_of(cases, late.model, chance, within_ms=1000 * LONG), chance):
        late.take(chunk)
        if chance.random() < 0.5:
            late.turn(revises=chance.random() < 0.5)
    late.settle()

    assert said(late.windows()) == said(calm.windows())


def test_a_window_closes_once_every_partition_is_past_its_end() -> None:
    merged = Merged(a_model(TUMBLING, partitions=2))
    end_ms = BEGIN_MS // 300_000 * 300_000 + 300_000
    later = Case(end_ms + 1000 * DELAY_S, 10.0, 0)
    merged.take_pane(
        pane_of([*cases_of(150, 1), later], merged.model, 0, 0), pane_of(cases_of(150, 2), merged.model, 1, 0)
    )
    assert merged.turn().windows == ()
    merged.take_pane(pane_of([later], merged.model, 1, 150))
    assert [each.end_ms for each in merged.turn().windows] == [end_ms]
    assert merged.turn().windows == ()


def test_a_late_pane_makes_a_revision_of_its_window_and_of_what_follows_from_it() -> None:
    merged = Merged(a_model(TUMBLING, partitions=1))
    cases = cases_of(1_600, 3)
    merged.take_pane(pane_of(cases[:300] + cases[400:], merged.model, 0, 0))
    merged.settle()
    before = merged.windows()
    merged.take_pane(pane_of(cases[300:400], merged.model, 0, 1_500))
    changed = merged.turn().windows

    assert [each.revision for each in before] == [1] * len(before)
    assert (changed[0].revision, changed[0].start_ms) == (2, before[1].start_ms)
    assert merged.turn().windows == ()
    assert sum(each.rows for each in merged.windows()) == sum(each.rows for each in before) + 100


def test_late_panes_are_left_for_a_turn_that_revises() -> None:
    merged = Merged(a_model(TUMBLING, partitions=1))
    cases = cases_of(1_600, 3)
    merged.take_pane(pane_of(cases[:300] + cases[400:], merged.model, 0, 0))
    merged.settle()
    merged.take_pane(pane_of(cases[300:400], merged.model, 0, 1_500))
    assert merged.turn(revises=False).windows == ()
    assert merged.turn().windows


def test_what_comes_later_than_lateness_is_left_out() -> None:
    merged = Merged(a_model(Monitoring(window_s=300, hop_s=300, lateness_s=300, horizon_s=300), partitions=1))
    cases = cases_of(1_600, 3)
    merged.take_pane(pane_of(cases[100:], merged.model, 0, 0))
    merged.settle()
    before = said(merged.windows())
    merged.take_pane(pane_of(cases[:100], merged.model, 0, 1_500))
    merged.settle()
    assert said(merged.windows()) == before


def test_a_long_stretch_is_judged_some_windows_at_a_time() -> None:
    merged = Merged(a_model(Monitoring(window_s=1, hop_s=1), partitions=1))
    merged.take_pane(pane_of(cases_of(250, 3), merged.model, 0, 0))
    turns = [merged.turn(), merged.turn(), merged.turn()]
    assert [len(each.windows) for each in turns] == [100, 100, 250 - DELAY_S - 1 - 200]
    assert [each.has_more for each in turns] == [True, True, False]
    assert [each.number for each in merged.windows()] == [*range(219)]


@pytest.mark.parametrize(
    ("window_s", "hop_s", "expected"), [(300, 300, 1), (600, 300, 2), (700, 300, 3), (300, 600, 1)]
)
def test_windows_that_overlap_are_judged_apart(window_s: int, hop_s: int, expected: int) -> None:
    assert phases_of(Monitoring(window_s=window_s, hop_s=hop_s)) == expected


def test_with_windows_that_overlap_each_phase_is_judged_as_windows_that_do_not() -> None:
    cases = cases_of(3_600, 5, moved_from=1_800)
    merged = Merged(a_model(HOPPING, partitions=1))
    merged.take_pane(pane_of(cases, merged.model, 0, 0))
    merged.settle()
    apart = Merged(a_model(Monitoring(window_s=600, hop_s=600, false_raises=0.5), partitions=1))
    apart.take_pane(pane_of(cases, apart.model, 0, 0))
    apart.settle()

    overlapping = {each.start_ms: each for each in merged.windows()}
    for window in apart.windows():
        both = zip(overlapping[window.start_ms].features, window.features, strict=True)
        assert all((mine.n, mine.p, mine.effect) == (other.n, other.p, other.effect) for mine, other in both)


def test_a_window_is_held_to_the_reference_in_whose_bins_it_was_counted() -> None:
    other = replace(REFERENCE, id="ref-2")
    merged = Merged(a_model(TUMBLING, partitions=1))
    cases = cases_of(1_600, 3, moved_from=300)
    merged.take_pane(pane_of(cases[:900], merged.model, 0, 0))
    merged.settle()
    merged.references.references.append(other)
    merged.take_pane(pane_of(cases[900:], merged.model, 0, 900, other))
    merged.settle()

    found = [each.reference for each in merged.windows()]
    assert found == ["ref-1"] * 3 + ["ref-2"] * 2


def test_where_a_reference_comes_in_between_a_window_is_held_to_that_of_most_of_its_rows() -> None:
    other = replace(REFERENCE, id="ref-2")
    merged = Merged(a_model(TUMBLING, partitions=1), Known(REFERENCE, other))
    cases = cases_of(1_000, 3)
    merged.take_pane(pane_of(cases[:350], merged.model, 0, 0), pane_of(cases[350:], merged.model, 0, 350, other))
    merged.settle()
    assert [each.reference for each in merged.windows()] == ["ref-1", "ref-2", "ref-2"]
    assert [each.features[0].n for each in merged.windows()] == [300, 250, 300]
    assert [each.rows for each in merged.windows()] == [300, 300, 300]


def test_a_late_label_changes_the_figures_of_its_window_alone() -> None:
    merged = Merged(a_model(TUMBLING, partitions=1))
    merged.take_pane(pane_of(cases_of(1_600, 3), merged.model, 0, 0))
    merged.settle()
    before = merged.windows()
    late = pane_of([], merged.model, 0, 1_600)
    part = late.slices.add(model_version="1", start_ms=before[1].start_ms, pane_ms=300_000)
    part.performance = zlib.compress(json.dumps(counts_of(40).written()).encode())
    merged.take_pane(late)
    merged.settle()
    after = merged.windows()
    assert [each.revision for each in after] == [1, 2, 1, 1, 1]
    assert after[1].performance.labelled == 40
    assert list(after[1].features) == list(before[1].features)


def test_what_fires_in_a_version_that_is_not_asked_any_more_is_over_after_a_day() -> None:
    merged = Merged(a_model(TUMBLING, partitions=1))
    merged.take_pane(pane_of(cases_of(1_200, 2, moved_from=0), merged.model, 0, 0))
    merged.settle()
    for number, days in enumerate((0.9, 1.1)):
        next_version = [replace(each, at_ms=each.at_ms + int(days * 86_400_000)) for each in cases_of(1_200, 3)]
        merged.take_pane(pane_of(next_version, merged.model, 0, 1_200 * (number + 1), version="2"))
        merged.settle()
    said_of = [alerts_pb2.Measurement.FromString(each) for each in merged.posted()]
    assert [(each.fingerprint, each.state) for each in said_of] == [
        ("drift/churn/1//feature/tenure", alerts_pb2.BREACH_STATE_FIRING),
        ("drift/churn/1//feature/tenure", alerts_pb2.BREACH_STATE_RESOLVED),
    ]
    assert said_of[1].measured == "no prediction comes any more"
    assert said_of[1].window_start_ms >= said_of[0].window_start_ms
