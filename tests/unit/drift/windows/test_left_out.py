"""What is left out of windows is counted where an alarm can see it, under names that nobody can make up."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import replace

from prometheus_client import REGISTRY

from assay.contracts.monitoring import Monitoring
from assay.drift.windows.fold import UNKNOWN
from assay.streaming import Record
from assay.streaming.topics import DRIFT_PANES
from tests.unit.drift.windows.merged import NOW_MS, Merged, a_model, cases_of, pane_of

MODEL = a_model(Monitoring(window_s=300, hop_s=300), partitions=1)


def count(name: str, labels: Mapping[str, str]) -> float:
    return REGISTRY.get_sample_value(f"assay_drift_{name}_total", dict(labels)) or 0.0


def test_panes_that_are_none_or_come_again_are_counted() -> None:
    unreadable, repeated = ({"why": each} for each in ("unreadable", "repeated"))
    before = count("panes_refused", unreadable), count("panes_refused", repeated)
    merged, pane = Merged(MODEL), pane_of(cases_of(100, 1), MODEL, 0, 0)
    merged.take([Record(DRIFT_PANES, 0, 0, NOW_MS, b"", b"\xff\xff")])
    merged.offsets[0] = 0
    merged.take_pane(pane, pane)

    after = count("panes_refused", unreadable), count("panes_refused", repeated)
    assert (after[0] - before[0], after[1] - before[1]) == (1, 1)


def test_slices_that_can_not_be_read_are_counted_under_a_name_that_is_watched() -> None:
    made_up = {"model": UNKNOWN, "why": "unreadable"}
    before = count("slices_left_out", made_up)
    merged, pane = Merged(MODEL), pane_of(cases_of(400, 1), MODEL, 0, 0)
    pane.slices[0].performance = zlib.compress(b'{"of": "another Assay"}')
    merged.take_pane(pane)

    assert count("slices_left_out", made_up) == before + 1


def test_slices_that_come_too_late_are_counted_by_model() -> None:
    late = {"model": MODEL.name, "why": "too_late"}
    before = count("slices_left_out", late)
    merged = Merged(MODEL)
    merged.take_pane(pane_of(cases_of(1_000, 1), MODEL, 0, 0))
    merged.settle()
    older = [replace(each, at_ms=each.at_ms - 40 * 86_400_000) for each in cases_of(10, 2)]
    merged.take_pane(pane_of(older, MODEL, 0, 1_000))

    assert count("slices_left_out", late) == before + 1
