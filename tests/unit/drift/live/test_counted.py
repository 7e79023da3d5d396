from __future__ import annotations

from uuid import uuid4

from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import REGISTRY

from assay.drift.live.counted import REMEMBERED, Counted
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


def test_window_that_comes_into_being_behind_a_newer_one_is_counted_and_its_revisions_are() -> None:
    counted = Counted()
    counted.note([window(5, "behind", rows=100), window(3, "behind", rows=100)])
    counted.note([window(3, "behind", revision=2, rows=150)])
    assert value("requests_total", model="behind", model_version="1", status="ok") == 250


@given(st.permutations(range(8)), st.integers(1, 4))
def test_windows_that_were_counted_never_overlap_whatever_the_order(numbers: list[int], hours: int) -> None:
    counted, taken = Counted(), set[int]()
    model = str(uuid4())
    for number in numbers:
        wide = window(number, model, rows=1)
        wide.end_ms = wide.start_ms + hours * HOUR_MS
        overlaps = any(abs(number - other) < hours for other in taken)
        before = value("requests_total", model=model, model_version="1", status="ok") or 0
        counted.note([wide])
        after = value("requests_total", model=model, model_version="1", status="ok") or 0
        assert after - before == (not overlaps)
        taken |= set() if overlaps else {number}


def test_window_that_is_older_than_all_that_are_remembered_is_not_counted_once_more() -> None:
    counted = Counted()
    counted.note(window(number, "long", rows=1) for number in range(REMEMBERED + 1))
    counted.note([window(0, "long", rows=1), window(0, "long", revision=2, rows=9), window(-1, "long", rows=1)])
    assert value("requests_total", model="long", model_version="1", status="ok") == REMEMBERED + 1
