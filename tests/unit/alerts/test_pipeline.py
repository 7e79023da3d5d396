from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from assay.alerts.breaches import Breach, Measurement, Step
from assay.alerts.pipeline import Alerts
from assay.alerts.store import BreachStore
from assay.alerts.wire import write_measurement
from assay.contracts import Contract, Patience, Promise
from assay.runtime import SystemClock
from assay.runtime.database import StoreAwayError
from tests.unit.alerts.kept import Kept, opened
from tests.unit.alerts.promises.stage import contract_of

Day = Callable[..., Measurement]
_HELD = Promise(
    "arr_delay_known", "amount", "nullValues", "mustBeLessOrEqualTo", (20,), "percent", patience=Patience(0, 2, 2)
)
PATIENT = {"flights": contract_of(_HELD, name="flights")}


class Locked:
    """A store that is locked for the first calls."""

    def __init__(self, store: BreachStore, times: int) -> None:
        self.store = store
        self.times = times

    async def advance(self, fingerprint: str, step: Callable[[Breach | None], Step], at_ms: int) -> Step:
        if self.times:
            self.times -= 1
            raise StoreAwayError("database is locked")
        return await self.store.advance(fingerprint, step, at_ms)


def alerts(
    kept: Kept,
    retry_s: float = 5.0,
    *,
    locked: int = 0,
    contracts: Mapping[str, Contract] | None = None,
) -> Alerts:
    return Alerts(contracts or {}, Locked(kept.breaches, locked), lambda _: None, SystemClock(), retry_s)


async def test_measurement_is_kept_and_its_notice_posted(tmp_path: Path, day: Day) -> None:
    async with opened(f"sqlite:///{tmp_path}/a.db") as kept:
        await alerts(kept).take(b"f1", write_measurement(day(8)).SerializeToString())
        assert [one.recipients[0].id for one in await kept.alerts()] == ["operator"]


async def test_malformed_message_is_skipped(tmp_path: Path) -> None:
    async with opened(f"sqlite:///{tmp_path}/a.db") as kept:
        await alerts(kept).take(None, b"\xff")
        assert await kept.breaches.breaches() == []


async def test_locked_store_is_tried_again(tmp_path: Path, day: Day) -> None:
    async with opened(f"sqlite:///{tmp_path}/a.db") as kept:
        await alerts(kept, locked=2).take(b"f1", write_measurement(day(8)).SerializeToString())
        assert len(await kept.breaches.breaches()) == 1


async def test_store_that_stays_locked_is_an_error_in_the_end(tmp_path: Path, day: Day) -> None:
    async with opened(f"sqlite:///{tmp_path}/a.db") as kept:
        with pytest.raises(StoreAwayError):
            await alerts(kept, retry_s=0.2, locked=1_000).take(b"f1", write_measurement(day(8)).SerializeToString())


async def test_a_day_of_a_promise_that_waits_for_several_windows_is_not_told_by_itself(
    tmp_path: Path, day: Day
) -> None:
    async with opened(f"sqlite:///{tmp_path}/a.db", PATIENT) as kept:
        await alerts(kept, contracts=PATIENT).take(b"f1", write_measurement(day(8)).SerializeToString())
        assert await kept.breaches.breaches() == []
