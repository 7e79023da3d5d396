"""The registry as a process: what it answered once stays true, whatever ends it."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import grpc
import pytest

from assay.api.registry.v1 import registry_pb2 as pb
from assay.api.registry.v1.registry_pb2_grpc import RegistryServiceStub
from assay.client import Catalog
from assay.testkit import Service, eventually, running
from assay.testkit.builders import contract_text

CALL_S = 10.0
ANY_PORTS = {f"ASSAY_REGISTRY_{face}": "127.0.0.1:0" for face in ("GRPC", "METRICS", "HTTP")}


@asynccontextmanager
async def calling(registry: Service) -> AsyncIterator[RegistryServiceStub]:
    async with grpc.aio.insecure_channel(registry.address) as channel:
        yield RegistryServiceStub(channel)


async def publish(registry: Service, contract: str, version: str = "1.0.0") -> pb.ContractVersion:
    async with calling(registry) as stub:
        request = pb.PublishContractRequest(text=contract_text(contract, version))
        return (await stub.PublishContract(request, timeout=CALL_S, wait_for_ready=True)).published


async def listed(registry: Service) -> list[pb.ContractVersion]:
    async with calling(registry) as stub:
        listing = await stub.ListContracts(pb.ListContractsRequest(), timeout=CALL_S, wait_for_ready=True)
        return list(listing.contracts)


async def told(registry: Service, after: pb.WatchToken) -> list[pb.WatchContractsResponse]:
    """What a watcher hears until it has caught up."""
    heard: list[pb.WatchContractsResponse] = []
    async with calling(registry) as stub:
        request = pb.WatchContractsRequest(after=after)
        async for message in stub.WatchContracts(request, timeout=CALL_S, wait_for_ready=True):
            heard.append(message)
            if message.caught_up:
                break
    return heard


async def test_ids_and_versions_are_the_same_after_a_restart(tmp_path: Path) -> None:
    async with running("registry", data=tmp_path, store=f"sqlite:///{tmp_path}/registry.db") as registry:
        await publish(registry, "orders")
        await publish(registry, "planes")
        before = await listed(registry)
        await registry.restart()

        assert await listed(registry) == before
        assert (await publish(registry, "bills")).id == 3


async def test_whatever_was_answered_survives_kill_9_in_the_middle_of_publishing(tmp_path: Path) -> None:
    answered: dict[str, pb.ContractVersion] = {}
    async with running("registry", data=tmp_path, store=f"sqlite:///{tmp_path}/registry.db") as registry:

        async def publish_until_killed() -> None:
            for number in range(10_000):
                try:
                    answered[f"c{number}"] = await publish(registry, f"c{number}")
                except grpc.aio.AioRpcError:
                    return

        async def enough() -> bool:
            return len(answered) >= 20

        async with asyncio.TaskGroup() as group:
            publishing = group.create_task(publish_until_killed())
            await eventually(enough)
            await registry.kill()
            publishing.cancel()
        registry.start()
        await registry.ready()

        found = {version.contract: version for version in await listed(registry)}
        assert {name: found[name] for name in answered} == answered
        assert [(await publish(registry, name)).id for name in answered] == [one.id for one in answered.values()]
        assert (await publish(registry, "after")).id > max(version.id for version in found.values())


async def test_watcher_goes_on_from_its_token_after_kill_9(tmp_path: Path) -> None:
    async with running("registry", data=tmp_path, store=f"sqlite:///{tmp_path}/registry.db") as registry:
        await publish(registry, "orders")
        token = (await told(registry, pb.WatchToken()))[-1].token
        await publish(registry, "orders", "1.1.0")
        await registry.kill()
        registry.start()
        await registry.ready()
        heard = await told(registry, token)

    assert [message.contract.version for message in heard if message.HasField("contract")] == ["1.1.0"]
    assert heard[-1].token.epoch == token.epoch


async def test_watchers_do_not_hold_up_a_graceful_stop(tmp_path: Path) -> None:
    async with (
        running("registry", data=tmp_path, store=f"sqlite:///{tmp_path}/registry.db") as registry,
        calling(registry) as stub,
    ):
        call = stub.WatchContracts(pb.WatchContractsRequest(), timeout=CALL_S)
        await call.read()
        async with asyncio.timeout(4):
            code = await registry.stop()

        assert await call.code() is grpc.StatusCode.OK
        assert code == 0


async def test_catalog_lives_through_the_death_of_the_registry(tmp_path: Path) -> None:
    async with (
        running("registry", data=tmp_path, store=f"sqlite:///{tmp_path}/registry.db") as registry,
        Catalog(registry.address) as catalog,
    ):
        await publish(registry, "orders")

        async def known(contract: str) -> bool:
            return contract in catalog.contracts

        await eventually(lambda: known("orders"))
        await registry.kill()
        assert "orders" in catalog.contracts
        registry.start()
        await registry.ready()
        await publish(registry, "planes")
        await eventually(lambda: known("planes"))


@pytest.mark.parametrize("setting", ["grpc", "metrics", "http"])
async def test_port_in_use_is_said_in_one_line_and_ends_the_process(tmp_path: Path, setting: str) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        said, code = await ended(tmp_path, {f"ASSAY_REGISTRY_{setting.upper()}": address})

    assert code == 1
    assert [line for line in said.splitlines() if address in line and line.startswith("assay-registry: ")]
    assert "Traceback" not in said


async def test_store_that_cannot_be_had_is_said_in_one_line_and_ends_the_process(tmp_path: Path) -> None:
    said, code = await ended(tmp_path, {"ASSAY_REGISTRY_STORE": "mysql://there/db"})

    assert code == 1
    assert said.strip() == (
        "assay-registry: ASSAY_REGISTRY_STORE: no driver for 'mysql'; "
        "write it like sqlite:///path or postgresql://user:password@host:5432/database"
    )


async def ended(folder: Path, env: dict[str, str]) -> tuple[str, int | None]:
    """Run the registry until it ends by itself; return what it said and its exit code."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "assay.registry",
        cwd=folder,
        env=os.environ | ANY_PORTS | {"ASSAY_REGISTRY_STORE": f"sqlite:///{folder}/registry.db"} | env,
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(30):
        _, said = await process.communicate()
    return said.decode(), process.returncode
