"""A run settles no more than its rate allows, and not much less."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from assay.recovery.throttle import Throttle

MOST = 500


class Clock:
    def __init__(self) -> None:
        self.ms = 1_000_000

    def now_ms(self) -> int:
        return self.ms


@given(st.floats(0.1, 5_000), st.lists(st.integers(-50, 3_000), min_size=1, max_size=50))
def test_it_never_brings_more_than_its_rate_and_one_burst(rate_per_s: float, waits_ms: list[int]) -> None:
    clock = Clock()
    throttle, settled, waited_ms = Throttle(clock), 0, 0
    for wait_ms in waits_ms:
        clock.ms += wait_ms
        waited_ms += max(0, wait_ms)
        spare = throttle.spare(rate_per_s, MOST)
        throttle.take(spare)
        settled += spare
        assert settled <= rate_per_s * waited_ms / 1000 + 1e-6


def test_a_slow_run_settles_one_when_its_time_has_come() -> None:
    clock = Clock()
    throttle = Throttle(clock)
    assert throttle.spare(0.5, MOST) == 0
    clock.ms += 2_000
    assert throttle.spare(0.5, MOST) == 1


def test_a_run_without_a_rate_is_not_held() -> None:
    assert Throttle(Clock()).spare(0, MOST) == MOST
