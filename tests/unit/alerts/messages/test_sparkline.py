from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from assay.alerts.messages.sparkline import BARS, GAP, heights, sparkline

VALUES = st.lists(st.none() | st.floats(0, 1e12))


def test_bars_are_as_high_as_their_share_of_the_largest() -> None:
    assert sparkline([0, 2, 4, 6, 8, 10]) == "▁▂▃▅▇▇"


def test_limit_above_all_values_is_the_largest() -> None:
    assert sparkline([1, 2], 10.0) == "▁▂"


def test_window_without_a_value_is_a_gap() -> None:
    assert sparkline([1.0, None, 1.0]) == "▇·▇"


@given(VALUES, st.none() | st.floats(0, 1e12))
def test_every_window_has_one_sign_and_more_is_never_lower(values: list[float | None], limit: float | None) -> None:
    drawn = sparkline(values, limit)
    assert len(drawn) == len(values)
    assert [sign == GAP for sign in drawn] == [value is None for value in values]
    known = sorted((value, BARS.index(sign)) for value, sign in zip(values, drawn, strict=True) if value is not None)
    assert [bar for _, bar in known] == sorted(bar for _, bar in known)
    assert all(height is None or 0 <= height <= 1 for height in heights(values, limit))
