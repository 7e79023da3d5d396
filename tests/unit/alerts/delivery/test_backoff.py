from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from assay.alerts.delivery.backoff import Backoff

failures = st.integers(1, 10_000)
chances = st.floats(0, 1)


@given(failures, chances)
def test_wait_is_between_half_and_all_of_the_full_wait(count: int, chance: float) -> None:
    full_s = min(2.0 ** min(count - 1, 32), 300.0)
    assert full_s / 2 <= Backoff().wait_s(count, chance) <= full_s


@given(failures, chances, st.floats(0, 10_000_000))
def test_what_the_other_side_asks_for_is_kept_to_within_bounds(count: int, chance: float, asked_s: float) -> None:
    assert Backoff().wait_s(count, chance, asked_s) >= min(asked_s, 3_600)
    assert Backoff().wait_s(count, chance, asked_s) <= 3_600


@given(failures, chances)
def test_channel_rests_no_longer_than_half_a_minute_unasked(count: int, chance: float) -> None:
    assert 0.5 <= Backoff().rest_s(count, chance) <= 30


def test_alert_is_too_old_after_three_days() -> None:
    assert not Backoff().is_over(0, 3 * 86_400_000)
    assert Backoff().is_over(0, 3 * 86_400_000 + 1)
