"""Brokers of their own, for tests that kill them."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from assay.testkit import Broker, open_broker


@pytest.fixture
def own_broker(battery_broker: Broker, tmp_path: Path) -> Callable[[], contextlib.AbstractAsyncContextManager[Broker]]:
    """Opens another broker of the same kind, for a test that kills it."""

    @contextlib.asynccontextmanager
    async def open_one() -> AsyncIterator[Broker]:
        kind = "embedded" if battery_broker.kind == "embedded" else "kafka"
        async with open_broker(kind, tmp_path, lambda line: None) as broker:
            yield broker

    return open_one
