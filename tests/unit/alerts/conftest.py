"""Measurements by the number of their day."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from assay.alerts.breaches import Measurement, State

DAY_MS = 86_400_000
Day = Callable[..., Measurement]


@pytest.fixture(scope="session")
def day() -> Day:
    def measurement(number: int, state: State = State.FIRING, percent: float = 51.1) -> Measurement:
        return Measurement(
            fingerprint="f1",
            contract="flights",
            contract_version="1.0.0",
            promise="arr_delay_known",
            promised="arr_delay missing at most 20 % a day",
            measured=f"arr_delay missing: {percent} % (475 of 930 rows), promised at most 20 % a day",
            value=percent,
            window=f"2013-02-{number:02}",
            window_start_ms=number * DAY_MS,
            window_end_ms=(number + 1) * DAY_MS,
            state=state,
        )

    return measurement
