from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from assay.alerts.breaches import Breach, Measurement, Step
from assay.alerts.outbox import Deliverer
from assay.alerts.pipeline import Alerts
from assay.alerts.store import BreachStore
from assay.alerts.wire import write_measurement
from assay.contracts import Contract, Patience, Promise
from assay.runtime import SystemClock
from assay.runtime.database import StoreAwayError
from tests.unit.alerts.kept import opened
from tests.unit.alerts.promises.stage import contract_of

Day = Callable[..., Measurement]


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
    store: BreachStore,
    tmp_path: Path,
    retry_s: float = 5.0,
    *,
    locked: int = 0,
    contracts: Mapping[str, Contract] | None = None,
) -> Alerts:
    deliverer = Deliverer(store, tmp_path / "o.ndjson")
    return Alerts(contracts or {}, Locked(store, locked), deliverer, SystemClock(), retry_s)


async def test_measurement_is_kept_and_its_notice_posted(tmp_path: Path, day: Day) -> None:
    async with opened(f"sqlite:///{tmp_path}/a.db") as store:
        await alerts(store, tmp_path).take(b"f1", write_measurement(day(8)).SerializeToString())
        assert [notice.recipient for notice in await store.undelivered(10)] == ["operator"]


async def test_malformed_message_is_skipped(tmp_path: Path) -> None:
    async with opened(f"sqlite:///{tmp_path}/a.db") as store:
        await alerts(store, tmp_path).take(None, b"\xff")
        assert await store.breaches() == []


async def test_locked_store_is_tried_again(tmp_path: Path, day: Day) -> None:
    async with opened(f"sqlite:///{tmp_path}/a.db") as store:
        await alerts(store, tmp_path, locked=2).take(b"f1", write_measurement(day(8)).SerializeToString())
        assert len(await store.breaches()) == 1


async def test_store_that_stays_locked_is_an_error_in_the_end(tmp_path: Path, day: Day) -> None:
    async with opened(f"sqlite:///{tmp_path}/a.db") as store:
        with pytest.raises(StoreAwayError):
            await alerts(store, tmp_path, retry_s=0.2, locked=1_000).take(
                b"f1", write_measurement(day(8)).SerializeToString()
            )


async def test_a_day_of_a_promise_that_waits_for_several_windows_is_not_told_by_itself(
    tmp_path: Path, day: Day
) -> None:
    patient = Promise(
        "arr_delay_known", "amount", "nullValues", "mustBeLessOrEqualTo", (20,), "percent", patience=Patience(0, 2, 2)
    )
    contracts = {"flights": contract_of(patient, name="flights")}
    async with opened(f"sqlite:///{tmp_path}/a.db", contracts) as store:
        await alerts(store, tmp_path, contracts=contracts).take(b"f1", write_measurement(day(8)).SerializeToString())
        assert await store.breaches() == []
