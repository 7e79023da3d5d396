"""Longer stretches that windows close: their sums, late records, and what is kept for them."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.api.drift.v1 import window_pb2 as pb
from assay.contracts.monitoring import Monitoring
from assay.drift.windows.forgetting import forget
from assay.drift.windows.grid import PATIENCE_MS, Grid
from assay.monitoring.profiles.columns import Ints
from assay.monitoring.scales import Scaled, check_at_scales, q_at_scales
from assay.monitoring.verdicts import Verdict
from tests.unit.drift.windows.merged import (
    REFERENCE,
    Case,
    Merged,
    a_model,
    cases_of,
    on_shards,
    pane_of,
    panes_of,
    said,
    table_of,
)

SCALED = Monitoring(window_s=300, hop_s=300, scales_s=(600, 1_200))
HOPPING = Monitoring(window_s=600, hop_s=300, scales_s=(1_200,))
LONG = 10 * 3_600
DAY_MS = 86_400_000
WEAK = 0.35
"""Of a deviation of 2."""
FIELDS = ("statistic", "p", "q", "effect", "psi", "js", "hellinger", "wasserstein", "missing", "unseen", "dispersion")


def of_files(cases: Sequence[Case], monitoring: Monitoring) -> list[list[Verdict]]:
    """The verdicts of the engine over the same rows; the last window, which is open, left out."""
    size_ms = 1000 * monitoring.window_s
    places = np.array([each.at_ms for each in cases]) // size_ms
    windows: list[tuple[int, Ints]] = [(at, np.flatnonzero(places == at)) for at in sorted({*places.tolist()})[:-1]]
    scales = (1, *(each // monitoring.window_s for each in monitoring.scales_s))
    thresholds = q_at_scales(monitoring.false_raises, 2, monitoring.windows_a_month, scales)
    scaled = Scaled.of(REFERENCE.profile, scales, thresholds)
    heard = check_at_scales(REFERENCE.profile, table_of(cases), windows, scaled, patience=PATIENCE_MS / size_ms)
    return [list(each.verdicts()) for each in heard]


def calm(cases: Sequence[Case], monitoring: Monitoring) -> Merged:
    merged = Merged(a_model(monitoring))
    for chunk in on_shards(panes_of(cases, merged.model, random.Random(0)), random.Random(0)):
        merged.take(chunk)
    merged.settle()
    return merged


def weakly(rows: int, moved_from: int) -> list[Case]:
    """Cases that move so little that a window may miss it, and the sum of some does not."""
    cases = cases_of(rows, 5)
    return [replace(each, tenure=each.tenure + WEAK * (place >= moved_from)) for place, each in enumerate(cases)]


def with_a_gap(rows: int, gap_ms: int) -> list[Case]:
    """Cases that stop in the middle of a long stretch, and go on later."""
    cases = weakly(rows, 0)
    return [replace(each, at_ms=each.at_ms + (gap_ms if place >= 1_400 else 0)) for place, each in enumerate(cases)]


@pytest.mark.parametrize("cases", [weakly(4_200, 900), with_a_gap(3_000, 2_100_000)])
def test_at_every_scale_verdicts_equal_those_of_files_number_by_number(cases: list[Case]) -> None:
    windows, files = calm(cases, SCALED).windows(), of_files(cases, SCALED)
    assert len(windows) == len(files)
    for window, verdicts in zip(windows, files, strict=True):
        for mine, theirs in zip(window.features, verdicts, strict=True):
            assert pb.DriftState.Name(mine.state) == f"DRIFT_STATE_{theirs.state.name}"
            assert (mine.feature, mine.n, mine.scale_s) == (theirs.column, theirs.n, 300 * (theirs.scale or 0))
            for name in FIELDS:
                assert (getattr(mine, name) if mine.HasField(name) else None) == getattr(theirs, name), name  # type: ignore[arg-type]  # names of fields
            assert [each.bin for each in mine.moved] == [each.bin for each in theirs.moved]
    assert {each.scale_s for window in windows for each in window.features} > {300}
    assert sum(each.rows for each in windows) <= len(cases)


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from([SCALED, HOPPING]), st.sampled_from([30, LONG]))
def test_late_or_not_in_any_chunks_with_any_restarts_windows_are_those_of_an_undisturbed_run(
    seed: int, monitoring: Monitoring, within_s: int
) -> None:
    cases, chance = weakly(1_800, 300), random.Random(seed)
    hurt = Merged(a_model(monitoring))
    for chunk in on_shards(panes_of(cases, hurt.model, chance, within_ms=1000 * within_s), chance):
        hurt.take(chunk)
        if chance.random() < 0.5:
            hurt.turn(revises=chance.random() < 0.5)
        if chance.random() < 0.3:
            hurt.restart()
    hurt.settle()

    assert said(hurt.windows()) == said(calm(cases, monitoring).windows())


def test_a_late_record_judges_the_window_again_that_closes_its_longer_stretch() -> None:
    merged = Merged(a_model(SCALED, partitions=1))
    cases = [each for each in cases_of(5_000, 3) if each.at_ms >= 1_700_001_600_000]
    late = cases[40:80]
    merged.take_pane(pane_of(cases[:40] + cases[80:], merged.model, 0, 0))
    merged.settle()
    merged.take_pane(pane_of(late, merged.model, 0, len(cases)))
    asked = {each.start_ms for each in merged.turn().windows}

    begin_ms = late[0].at_ms // 1_200_000 * 1_200_000
    assert begin_ms in asked
    grid = Grid.of(SCALED)
    assert {end - grid.window_ms for end in grid.longer_ends(late[0].at_ms)} == {begin_ms + 300_000, begin_ms + 900_000}
    whole = Merged(a_model(SCALED, partitions=1))
    whole.take_pane(pane_of(cases, whole.model, 0, 0))
    whole.settle()
    assert said(merged.windows()) == said(whole.windows())


def test_what_longer_stretches_are_summed_of_is_kept_as_long_as_one_may_be_judged_again() -> None:
    monitoring = replace(SCALED, lateness_s=300, horizon_s=300)
    kept = {}
    for scales in ((), (600, 1_200)):
        merged = Merged(a_model(replace(monitoring, scales_s=scales), partitions=1))
        early, late = cases_of(400, 1), [replace(each, at_ms=each.at_ms + 5 * DAY_MS) for each in cases_of(400, 2)]
        merged.take_pane(pane_of([*early, *late], merged.model, 0, 0))
        merged.settle()
        with merged.open() as transaction:
            while forget(transaction, merged.model, 1.0):
                pass
        kept[scales] = min(row[3] for row in merged.rows(["drift_panes"])["drift_panes"])  # type: ignore[index]  # a row
    assert kept[()] > kept[600, 1_200]


def test_a_stretch_ends_where_whole_multiples_of_its_length_do() -> None:
    grid = Grid(300_000, 300_000, (600_000, 1_200_000))
    assert [*grid.longer_ends(1_200_000)] == [1_800_000, 2_400_000]
    assert [each.end for each in grid.closes(2_100_000, 2_400_000)] == [2_400_000, 2_400_000]
    assert [each.end for each in grid.closes(900_000, 1_500_000)] == [1_200_000, 1_200_000]
    assert grid.closes(900_000, 1_500_000 + PATIENCE_MS) == []
