from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from assay.alerts.breaches import Breach, Measurement, Step
from assay.alerts.outbox import Deliverer
from assay.alerts.pipeline import Alerts
from assay.alerts.store import BreachStore
from assay.alerts.wire import write_measurement
from assay.runtime import SystemClock
from assay.runtime.database import StoreAwayError

Day = Callable[..., Measurement]


class Locked(BreachStore):
    """A store that is locked for the first calls."""

    def __init__(self, url: str, times: int) -> None:
        super().__init__(url)
        self.times = times

    async def advance(self, fingerprint: str, step: Callable[[Breach | None], Step], at_ms: int) -> Step:
        if self.times:
            self.times -= 1
            raise StoreAwayError("database is locked")
        return await super().advance(fingerprint, step, at_ms)


def alerts(store: BreachStore, tmp_path: Path, retry_s: float = 5.0) -> Alerts:
    return Alerts({}, store, Deliverer(store, tmp_path / "o.ndjson"), SystemClock(), retry_s)


async def test_measurement_is_kept_and_its_notice_posted(tmp_path: Path, day: Day) -> None:
    async with BreachStore(f"sqlite:///{tmp_path}/a.db") as store:
        await alerts(store, tmp_path).take(b"f1", write_measurement(day(8)).SerializeToString())
        assert [notice.recipient for notice in await store.undelivered(10)] == ["operator"]


async def test_malformed_message_is_skipped(tmp_path: Path) -> None:
    async with BreachStore(f"sqlite:///{tmp_path}/a.db") as store:
        await alerts(store, tmp_path).take(None, b"\xff")
        assert await store.breaches() == []


async def test_locked_store_is_tried_again(tmp_path: Path, day: Day) -> None:
    async with Locked(f"sqlite:///{tmp_path}/a.db", times=2) as store:
        await alerts(store, tmp_path).take(b"f1", write_measurement(day(8)).SerializeToString())
        assert len(await store.breaches()) == 1


async def test_store_that_stays_locked_is_an_error_in_the_end(tmp_path: Path, day: Day) -> None:
    async with Locked(f"sqlite:///{tmp_path}/a.db", times=1_000) as store:
        with pytest.raises(StoreAwayError):
            await alerts(store, tmp_path, retry_s=0.2).take(b"f1", write_measurement(day(8)).SerializeToString())
