from __future__ import annotations

from prometheus_client import REGISTRY

from assay.drift.live.counted import Counted
from tests.unit.drift.live.samples import HOUR_MS, window


def value(name: str, **labels: str) -> float | None:
    return REGISTRY.get_sample_value(f"assay_drift_{name}", labels)


def test_predictions_are_counted_once_though_windows_overlap_and_come_again() -> None:
    counted = Counted()
    wide = [window(number, "counted", rows=100, statuses={"ok": 90, "error": 10}) for number in range(5)]
    more = window(0, "counted", revision=2, rows=103, statuses={"ok": 93, "error": 10})
    for each in (*wide, more):
        each.end_ms = each.start_ms + 2 * HOUR_MS
        each.operations.errors["ValueError"] = 10
    counted.note(wide)
    counted.note([more, window(0, "counted", segment="country=SE"), window(9, "counted", is_complete=False)])
    assert value("requests_total", model="counted", model_version="1", status="ok") == 3 * 90 + 3
    assert value("requests_total", model="counted", model_version="1", status="error") == 3 * 10
    assert value("errors_total", model="counted", model_version="1", error="ValueError") == 3 * 10
    assert value("windows_judged_total", model="counted") == 6
    assert value("revisions_total", model="counted") == 1


def test_revision_of_a_window_that_was_judged_before_a_start_adds_no_predictions() -> None:
    counted = Counted()
    counted.note([window(0, "restarted", revision=2)])
    assert value("requests_total", model="restarted", model_version="1", status="ok") is None
    counted.note([window(1, "restarted"), window(1, "restarted", revision=2, rows=1_005)])
    assert value("requests_total", model="restarted", model_version="1", status="ok") == 1_005
