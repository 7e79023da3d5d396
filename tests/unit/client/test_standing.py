"""An app that is pinned to a version hears when its time is over."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path

from prometheus_client import REGISTRY
from structlog.testing import capture_logs

from assay.client import Catalog, Standing, Version
from assay.client.snapshot import read_snapshot
from assay.client.standing import standing_of
from assay.testkit.builders import contract_text
from tests.unit.client.test_catalog import Registry, registry


@asynccontextmanager
async def pinned(folder: Path, contract: str) -> AsyncIterator[tuple[Registry, Catalog]]:
    """A registry that has version 1.0.0, and a catalog of it."""
    async with registry(folder) as source:
        await source.publish(contract)
        async with Catalog(source.address) as catalog:
            yield source, catalog


def version(number: int, name: str, **state: bool) -> Version:
    return Version(number, "orders", name, b"", 0, **state)


def test_version_stands_as_the_registry_says() -> None:
    versions = {
        one.version: one
        for one in (version(1, "1.0.0", retired=True), version(2, "1.1.0", deprecated=True), version(3, "2.0.0"))
    }

    states = [standing_of(versions, "orders", name).state for name in ("1.0.0", "1.1.0", "2.0.0", "9.0.0")]
    assert states == ["retired", "deprecated", "valid", "unknown"]
    assert standing_of(versions, "orders", "1.1.0").in_words() == (
        "version 1.1.0 of orders is deprecated; the version in force is 2.0.0"
    )


async def test_newer_major_deprecates_and_retirement_retires_for_those_who_listen(tmp_path: Path) -> None:
    async with (
        asyncio.timeout(10),
        pinned(tmp_path, "orders") as (source, catalog),
        aclosing(catalog.standings("orders", "1.0.0")) as standings,
    ):
        heard = [await anext(standings)]
        await source.publish("orders", "1.1.0")
        heard.append(await anext(standings))
        await source.publish("orders", "2.0.0")
        async for standing in standings:
            heard.append(standing)
            if standing.state == "deprecated":
                break
        await source.retire("orders", "1.0.0")
        heard.append(await anext(standings))

    assert heard[0] == Standing("orders", "1.0.0", "valid", "1.0.0")
    assert heard[1] == Standing("orders", "1.0.0", "valid", "1.1.0")
    assert [one.state for one in heard[-2:]] == ["deprecated", "retired"]
    assert heard[-1].in_force == "2.0.0"


async def test_pinned_version_is_told_in_log_and_metrics(tmp_path: Path) -> None:
    labels = {"contract": "pinned", "version": "1.0.0", "state": "deprecated"}
    with capture_logs() as logs:
        async with pinned(tmp_path, "pinned") as (source, catalog):
            catalog.pin("pinned", "1.0.0")
            async with asyncio.timeout(10), aclosing(catalog.standings("pinned", "1.0.0")) as standings:
                await anext(standings)
                await source.publish("pinned", "2.0.0")
                async for standing in standings:
                    if standing.state == "deprecated":
                        break

    events = [entry["event"] for entry in logs if entry["event"].startswith("version.")]
    assert events == ["version.pinned", "version.deprecated"]
    assert REGISTRY.get_sample_value("assay_versions_pinned", labels) == 1


async def test_snapshot_keeps_what_is_deprecated(tmp_path: Path) -> None:
    snapshot = tmp_path / "contracts.snapshot"
    async with registry(tmp_path) as source, Catalog(source.address, snapshot) as catalog:
        await source.publish("orders")
        await source.publish("orders", "2.0.0", contract_text("orders", "2.0.0"))
        async with asyncio.timeout(10), aclosing(catalog.standings("orders", "1.0.0")) as standings:
            async for standing in standings:
                if standing.state == "deprecated":
                    break
        shelf = None
        async with asyncio.timeout(10):
            while shelf is None or not shelf.versions["orders"]["1.0.0"].deprecated:
                shelf = await asyncio.to_thread(read_snapshot, snapshot)

    assert not shelf.versions["orders"]["2.0.0"].deprecated
