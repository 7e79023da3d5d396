"""The drift service as it is measured: one process that counts, and one that judges and holds the reference."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from assay.testkit import Service, running
from tests.performance.answers import Answers

__all__ = ["counting"]


@asynccontextmanager
async def counting(logs: Answers, data: Path, **settings: str) -> AsyncIterator[Service]:
    """Let the service count all that is there; who judges holds the reference, and is a process of its own."""
    shared = {"broker": logs.broker.bootstrap, "registry": logs.registry.address, "store": f"sqlite:///{data}/drift.db"}
    async with running("drift", data=data, roles="judge", **shared) as judge:
        await logs.refer(judge.address)
        folder = data / "counter"
        own = {"roles": "count", "joins": str(folder / "joins")}
        async with running("drift", data=folder, **shared, **own, **settings) as counter:
            yield counter
