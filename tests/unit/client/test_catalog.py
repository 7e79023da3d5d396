"""The catalog knows the newest contracts, with the registry and without it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from functools import partial
from pathlib import Path

import pytest

from assay.api.registry.v1 import registry_pb2_grpc
from assay.client import Catalog
from assay.client.snapshot import read_snapshot
from assay.contracts import Contract
from assay.registry.service import RegistryService
from assay.registry.store import ContractStore
from assay.registry.watch import Watch
from assay.runtime import GrpcServer, SystemClock
from assay.testkit.builders import contract_text


class Registry:
    """The registry's own parts in this process; `publish` skips the lint, to get at what comes after it."""

    def __init__(self, store: ContractStore, watch: Watch, address: str) -> None:
        self.store, self.watch, self.address = store, watch, address

    async def publish(self, contract: str, version: str = "1.0.0", text: bytes | None = None) -> None:
        await self.store.publish(contract, version, text or contract_text(contract, version))
        self.watch.announce()

    async def retire(self, contract: str, version: str) -> None:
        await self.store.retire(contract, version)
        self.watch.announce()


@asynccontextmanager
async def registry(folder: Path, port: int = 0) -> AsyncIterator[Registry]:
    async with asyncio.timeout(20), ContractStore(f"sqlite:///{folder}/contracts.db", SystemClock()) as store:
        watch = Watch(store)
        add = partial(registry_pb2_grpc.add_RegistryServiceServicer_to_server, RegistryService(store, watch))
        async with GrpcServer(f"127.0.0.1:{port}", [add], []) as server:
            yield Registry(store, watch, f"127.0.0.1:{server.port}")
            watch.close()


async def until(catalog: Catalog, contract: str, version: str) -> Contract:
    async with asyncio.timeout(10), aclosing(catalog.changes()) as changes:
        async for changed in changes:
            if (changed.id, changed.version) == (contract, version):
                return changed
    raise AssertionError


def versions(catalog: Catalog) -> dict[str, str]:
    return {name: contract.version for name, contract in catalog.contracts.items()}


async def test_ready_catalog_has_the_newest_of_every_contract(tmp_path: Path) -> None:
    async with registry(tmp_path) as source:
        await source.publish("orders")
        await source.publish("orders", "1.1.0")
        await source.publish("planes")
        async with Catalog(source.address) as catalog:
            await catalog.ready()

            assert versions(catalog) == {"orders": "1.1.0", "planes": "1.0.0"}


async def test_publication_reaches_the_catalog(tmp_path: Path) -> None:
    async with registry(tmp_path) as source, Catalog(source.address) as catalog:
        await catalog.ready()
        await source.publish("orders")

        assert (await until(catalog, "orders", "1.0.0")).topics.raw_app == "orders.raw.app"


async def test_changes_begin_with_what_is_known(tmp_path: Path) -> None:
    async with registry(tmp_path) as source, Catalog(source.address) as catalog:
        await source.publish("orders")
        await until(catalog, "orders", "1.0.0")
        async with asyncio.timeout(5), aclosing(catalog.changes()) as changes:
            known = await anext(changes)
            await source.publish("orders", "1.1.0")
            changed = await anext(changes)

    assert (known.version, changed.version) == ("1.0.0", "1.1.0")


async def test_version_that_does_not_load_is_kept_out_alone(tmp_path: Path) -> None:
    async with registry(tmp_path) as source, Catalog(source.address) as catalog:
        await source.publish("orders")
        await until(catalog, "orders", "1.0.0")
        await source.publish("orders", "1.1.0", b"no contract")
        await source.publish("planes")
        await until(catalog, "planes", "1.0.0")

        assert versions(catalog) == {"orders": "1.0.0", "planes": "1.0.0"}


async def test_every_version_is_known_and_a_retirement_reaches_the_catalog(tmp_path: Path) -> None:
    async with registry(tmp_path) as source, Catalog(source.address) as catalog, asyncio.timeout(10):
        await source.publish("orders")
        await source.publish("orders", "1.1.0")
        await until(catalog, "orders", "1.1.0")
        before = catalog.versions
        await source.retire("orders", "1.0.0")
        await source.publish("planes")
        await until(catalog, "planes", "1.0.0")

        assert [(one.version, one.retired) for one in before["orders"].values()] == [("1.0.0", False), ("1.1.0", False)]
        assert catalog.versions["orders"]["1.0.0"].retired
        assert versions(catalog) == {"orders": "1.1.0", "planes": "1.0.0"}


async def test_catalog_says_whether_it_hears_the_registry(tmp_path: Path) -> None:
    async with Catalog("127.0.0.1:1") as catalog:
        assert not catalog.is_current
    async with registry(tmp_path) as source, Catalog(source.address) as catalog:
        await catalog.ready()
        assert catalog.is_current


async def test_start_without_the_registry_knows_every_version(tmp_path: Path) -> None:
    snapshot = tmp_path / "snapshot.json"
    async with registry(tmp_path) as source:
        for version in ("1.0.0", "1.1.0"):
            await source.publish("orders", version)
        await source.retire("orders", "1.0.0")
        async with Catalog(source.address, snapshot) as catalog:
            await catalog.ready()
            told = catalog.versions

    async with asyncio.timeout(10), Catalog("127.0.0.1:1", snapshot) as catalog:
        await catalog.ready()

        assert (catalog.versions, versions(catalog)) == (told, {"orders": "1.1.0"})
        assert not catalog.is_current


async def test_newest_that_loads_is_in_force_also_after_a_start(tmp_path: Path) -> None:
    async with registry(tmp_path) as source:
        await source.publish("orders")
        await source.publish("orders", "1.1.0", b"no contract")
        async with Catalog(source.address) as catalog:
            await catalog.ready()

            assert versions(catalog) == {"orders": "1.0.0"}


async def test_registry_that_comes_back_is_followed_again(tmp_path: Path) -> None:
    async with registry(tmp_path) as first:
        await first.publish("orders")
        port = int(first.address.rpartition(":")[2])
        catalog = Catalog(first.address)
        await catalog.__aenter__()
        await catalog.ready()
    async with registry(tmp_path, port) as second:
        await second.publish("orders", "1.1.0")
        changed = await until(catalog, "orders", "1.1.0")
        await catalog.__aexit__(None, None, None)

    assert changed.version == "1.1.0"


async def test_catalog_keeps_what_it_has_while_the_registry_is_away(tmp_path: Path) -> None:
    async with registry(tmp_path) as source:
        await source.publish("orders")
        catalog = Catalog(source.address)
        await catalog.__aenter__()
        await catalog.ready()
    held = versions(catalog)
    await catalog.__aexit__(None, None, None)

    assert held == {"orders": "1.0.0"}


async def test_snapshot_is_enough_to_start_without_the_registry(tmp_path: Path) -> None:
    snapshot = tmp_path / "snapshot.json"
    async with registry(tmp_path) as source:
        await source.publish("orders")
        async with Catalog(source.address, snapshot) as catalog:
            await catalog.ready()

    async with asyncio.timeout(10), Catalog("127.0.0.1:1", snapshot) as catalog:
        await catalog.ready()

        assert versions(catalog) == {"orders": "1.0.0"}


async def test_start_from_a_snapshot_asks_only_for_what_came_after(tmp_path: Path) -> None:
    snapshot = tmp_path / "snapshot.json"
    async with registry(tmp_path) as source:
        await source.publish("orders")
        async with Catalog(source.address, snapshot) as catalog:
            await catalog.ready()
        await source.publish("planes")
        async with Catalog(source.address, snapshot) as catalog:
            await catalog.ready()
            kept = await asyncio.to_thread(read_snapshot, snapshot)

            assert versions(catalog) == {"orders": "1.0.0", "planes": "1.0.0"}
            assert kept is not None
            assert kept.place.revision == 2


async def test_without_registry_and_snapshot_the_catalog_is_not_ready() -> None:
    async with Catalog("127.0.0.1:1") as catalog:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await catalog.ready()


async def test_new_store_takes_the_place_of_the_old(tmp_path: Path) -> None:
    async with registry(tmp_path / "old") as old:
        await old.publish("orders")
        await old.publish("planes")
        port = int(old.address.rpartition(":")[2])
        catalog = Catalog(old.address)
        await catalog.__aenter__()
        await catalog.ready()
    async with registry(tmp_path / "new", port) as new:
        await new.publish("orders", "2.0.0")
        await until(catalog, "orders", "2.0.0")
        known = versions(catalog)
        await catalog.__aexit__(None, None, None)

    assert known == {"orders": "2.0.0"}
