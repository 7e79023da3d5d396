from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from assay.api.alerts.v1.alerts_pb2 import Breach, Measurement, Severity
from assay.api.alerts.v1.promise_pb2 import Evaluation, EvaluationState
from assay.cli.alerts.chart import chart
from assay.cli.alerts.words import bars, handle, window, worst_first

KEPT, BROKEN = EvaluationState.EVALUATION_STATE_KEPT, EvaluationState.EVALUATION_STATE_BROKEN
FEW = EvaluationState.EVALUATION_STATE_INSUFFICIENT
HOUR_MS = 3_600_000


def breach(id_: str, *, severity: int = 2, start_ms: int = 0, over: bool = False, under: str = "") -> Breach:
    fired = Measurement(contract="orders", window_start_ms=start_ms)
    return Breach(
        id=id_, fired=fired, resolved=fired if over else None, severity=Severity.ValueType(severity), under=under
    )


def windows(*values: float | None, limit: float) -> list[Evaluation]:
    states = [FEW if value is None else BROKEN if value > limit else KEPT for value in values]
    return [
        Evaluation(start_ms=place * HOUR_MS, end_ms=(place + 1) * HOUR_MS, value=value or 0.0, state=state)
        for place, (value, state) in enumerate(zip(values, states, strict=True))
    ]


def test_eight_letters_name_a_breach_where_no_other_begins_so() -> None:
    assert handle("9f2c4e77aa01b2c3-1795687200000") == "9f2c4e77"
    assert handle("9f2c4e77aa01b2c3-1", ["9f2c4e77ffffffff-1"]) == "9f2c4e77a"
    assert handle("failure/3fa9c01b7d20e5aa-1") == "failure/3fa9c01b"
    assert handle("stuck/orders-1795687200000") == "stuck/orders"


IDS = st.lists(st.text("ab/-1", min_size=1, max_size=14), unique=True, min_size=1, max_size=12)


@given(IDS)
def test_no_other_breach_begins_like_the_name_of_one(ids: list[str]) -> None:
    for id_ in ids:
        name = handle(id_, ids)
        assert id_.startswith(name)
        assert name == id_ or not any(other.startswith(name) for other in ids if other != id_)


def test_what_is_open_and_worst_comes_first_and_what_it_causes_right_behind_it() -> None:
    found = worst_first(
        [
            breach("over", severity=3, over=True),
            breach("old"),
            breach("caused", severity=1, under="worst"),
            breach("new", start_ms=1),
            breach("worst", severity=3),
            breach("orphan", under="gone"),
        ]
    )
    assert [each.id for each in found] == ["worst", "caused", "new", "old", "orphan", "over"]


def test_breaches_that_are_under_each_other_are_listed_all_the_same() -> None:
    assert {each.id for each in worst_first([breach("a", under="b"), breach("b", under="a")])} == {"a", "b"}


def test_bars_are_red_where_the_promise_is_broken() -> None:
    drawn = bars(windows(1.0, None, 4.0, limit=2.0), 2.0)
    assert drawn.plain == "▃·█"
    assert [str(span.style) for span in drawn.spans] == ["green", "dim", "red"]


def test_chart_has_a_line_where_the_limit_is_and_says_which_windows_it_shows() -> None:
    lines = [line.plain for line in chart(windows(0.5, 1.0, None, 4.0, limit=2.0), 2.0, 80)]
    assert lines[0].lstrip().startswith("4 ┤")
    assert [line for line in lines if line.endswith(" limit")] == ["       2 ┤┄┄┄┄┄┄█┄ limit"]
    assert lines[-1].strip() == "1 Jan 00:00 to 01:00 UTC … 1 Jan 03:00 to 04:00 UTC"


def test_a_day_of_a_time_zone_is_that_day() -> None:
    new_york, sydney = 1_360_299_600_000, 1_360_242_000_000  # both begin their 8 February 2013
    assert window(new_york, new_york + 24 * HOUR_MS) == "8 Feb 2013"
    assert window(sydney, sydney + 24 * HOUR_MS) == "8 Feb 2013"


def test_there_is_no_chart_of_one_window() -> None:
    assert list(chart(windows(1.0, None, limit=2.0), 2.0, 80)) == []


VALUES = st.lists(st.none() | st.floats(0, 1e9), max_size=60)


@given(VALUES, st.none() | st.floats(0, 1e9), st.integers(20, 200))
def test_chart_fits_its_terminal(values: list[float | None], limit: float | None, width: int) -> None:
    for line in chart(windows(*values, limit=1.0), limit, width):
        assert len(line.plain.removesuffix(" limit").rstrip()) <= max(width, 70)
