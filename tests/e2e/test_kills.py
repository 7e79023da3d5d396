"""The demo comes to the same table when its services are killed and frozen in the middle of it."""

from __future__ import annotations

import asyncio
import io
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from types import TracebackType
from typing import ClassVar, Self

import pytest
from rich.console import Console

from assay.cli.demo import run as demo
from assay.cli.demo.outcome import Counts
from assay.cli.demo.show import Show
from assay.testkit import Broker, BrokerUnavailableError, Platform, Service, Workspace, eventually, open_broker, running

KILLS = 5
SIZE = f"51,955 flights, {KILLS} kills of each"
SETTINGS = {
    "ASSAY_VALIDATION_MEMBER": "validation-0",  # of its own name, so that the next one takes over at once
    "ASSAY_VALIDATION_CHUNK_RECORDS": "250",
    "ASSAY_WAREHOUSE_MEMBER": "warehouse-0",
    "ASSAY_WAREHOUSE_FLUSH_ROWS": "2000",
}
TABLE = {
    "flights": Counts(52_556, 601, 51_836, 720, 601, 51_836, 51_836),
    "planes": Counts(3_326, 0, 3_326, 0, 0, 3_326, 3_326),
}
ASSIGNED = "partitions.assigned"  # once more when a worker found that it had been thrown out
Unrest = Callable[["Unruly"], Awaitable[None]]


class Unruly(Platform):
    """A platform with trouble in it from the start."""

    unrest: ClassVar[tuple[Unrest, ...]] = ()
    settings: ClassVar[dict[str, str]] = SETTINGS

    def __init__(
        self, workspace: Workspace, broker: Broker, data: Path, *, env: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(workspace, broker, data, env={**(env or {}), **self.settings})
        self._trouble = asyncio.TaskGroup()

    async def __aenter__(self) -> Self:
        await super().__aenter__()
        await self._trouble.__aenter__()
        for unrest in self.unrest:
            self._trouble.create_task(_run(unrest, self))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            await self._trouble.__aexit__(kind, error, trace)
        finally:
            await super().__aexit__(kind, error, trace)


async def _run(unrest: Unrest, platform: Unruly) -> None:
    await unrest(platform)


def killed(name: str, point: str) -> Unrest:
    """Kill a service at random moments while it works, the last time between two steps."""

    async def unrest(platform: Unruly) -> None:
        service = platform.child(name)
        for _ in range(KILLS - 1):
            await eventually(lambda: _has_moved(service), within_s=60)
            await service.kill()
            await service.restart()
        await service.kill()
        service.start({"ASSAY_FAILPOINTS": f"{point}:2"})
        async with asyncio.timeout(90):
            assert await service.ended() == 137
        await service.restart()

    return unrest


async def _has_moved(service: Service) -> bool:
    """Whether it took partitions since its newest start."""
    return ASSIGNED in service.tail(lines=200)


async def frozen(platform: Unruly) -> None:
    """Freeze validation with an open transaction past its session, wake it when another has taken over."""
    zombie = platform.child("validation")
    await zombie.stop()
    zombie.start({"ASSAY_FAILPOINTS": "forwarder.before_commit:20=freeze"})
    await zombie.freezes()
    async with _successor(platform) as successor:
        await successor.says(ASSIGNED)
        joins = zombie.said(ASSIGNED)
        zombie.resume()
        await zombie.says(ASSIGNED, times=joins + 1)


@asynccontextmanager
async def _successor(platform: Unruly) -> AsyncIterator[Service]:
    settings = {"broker": platform.broker.bootstrap, "registry": platform.address("registry"), "session_s": "6"}
    async with running("validation", data=platform.layout.data / "successor", **settings) as service:
        yield service


async def _table(tmp_path: Path) -> demo.Finished:
    """Run the demo on a Kafka of its own."""
    show = Show(Console(file=io.StringIO()))
    try:
        async with open_broker("kafka", tmp_path / "probe", lambda _line: None):
            pass
    except BrokerUnavailableError as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"NOT PROVED: {error}")
    return await demo.run("kafka", tmp_path / "demo", show, full=False)


@pytest.mark.timeout(290)
@pytest.mark.parametrize(
    ("unrest", "settings"),
    [
        ((killed("validation", "forwarder.before_commit"), killed("warehouse", "warehouse.before_commit")), SETTINGS),
        ((frozen,), {"ASSAY_VALIDATION_SESSION_S": "6", "ASSAY_VALIDATION_CHUNK_RECORDS": "250"}),
    ],
    ids=["killed", "frozen"],
)
async def test_the_table_is_the_same(
    unrest: tuple[Unrest, ...], settings: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Unruly, "unrest", unrest)
    monkeypatch.setattr(Unruly, "settings", settings)
    monkeypatch.setattr(demo, "Platform", Unruly)
    (tmp_path / "demo").mkdir()

    finished = await _table(tmp_path)

    assert [check for check in finished.outcome.checks if not check.ok] == []
    assert finished.outcome.counts == TABLE
