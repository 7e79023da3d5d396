"""Several registries over one store, no leader: one sequence of ids, nothing lost, nothing twice, all hear all."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from itertools import cycle
from pathlib import Path

import grpc
import httpx
import pytest

from assay.api.registry.v1 import registry_pb2 as pb
from assay.api.registry.v1.registry_pb2_grpc import RegistryServiceStub
from assay.testkit import Service, eventually, running
from assay.testkit.builders import contract_text
from assay.testkit.postgres import Postgres
from assay.testkit.services import is_serving
from tests.integration.registry.postgres import postgres

CALL_S = 10.0
SOONER_THAN_A_HEARTBEAT_S = 4.0
CLIENTS = 50
CONTRACTS = 120
SCHEMAS = 40
COME_BACK = {50001, 50002}
SCHEMA = '{"type": "record", "name": "Parcel", "fields": [{"name": "id", "type": "string"}]}'


@asynccontextmanager
async def replicas(store: str, data: Path, count: int = 3) -> AsyncIterator[list[Service]]:
    """Registries over one store, started at the same time: each may be the one that makes the tables."""
    async with AsyncExitStack() as stack, asyncio.TaskGroup() as group:
        starting = [
            group.create_task(stack.enter_async_context(running("registry", data=data / str(number), store=store)))
            for number in range(count)
        ]
        yield [await start for start in starting]


async def publish(address: str, contract: str, version: str = "1.0.0") -> pb.PublishContractResponse:
    async with grpc.aio.insecure_channel(address) as channel:
        request = pb.PublishContractRequest(text=contract_text(contract, version))
        return await RegistryServiceStub(channel).PublishContract(request, timeout=CALL_S)


async def register(http: str, subject: str, schema: str) -> int:
    """Register a schema as Confluent's clients do; return its id."""
    async with httpx.AsyncClient(base_url=f"http://{http}", timeout=CALL_S) as rest:
        answer = await rest.post(f"/subjects/{subject}/versions", json={"schema": schema})
    answer.raise_for_status()
    return int(answer.json()["id"])


async def registered_at_last(https: Sequence[str], subject: str, schema: str) -> int:
    places = cycle(https)

    async def asked() -> int | None:
        try:
            return await register(next(places), subject, schema)
        except httpx.TransportError:
            return None
        except httpx.HTTPStatusError as error:
            if error.response.json()["error_code"] in COME_BACK:
                return None
            raise

    found = await eventually(asked, within_s=120)
    assert found is not None
    return found


async def published_at_last(addresses: Sequence[str], contract: str) -> pb.ContractVersion:
    """Ask one replica after another, as a client does, until one answers."""
    places = cycle(addresses)

    async def asked() -> pb.ContractVersion | None:
        try:
            return (await publish(next(places), contract)).published
        except grpc.aio.AioRpcError as error:
            if error.code() in {grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED}:
                return None
            raise

    found = await eventually(asked, within_s=120)
    assert found is not None
    return found


async def all_versions(address: str) -> list[pb.ContractVersion]:
    """Every version, as a new watcher hears them."""
    heard = []
    async with grpc.aio.insecure_channel(address) as channel:
        call = RegistryServiceStub(channel).WatchContracts(pb.WatchContractsRequest(), timeout=CALL_S)
        async for message in call:
            if message.caught_up:
                break
            heard.append(message.contract)
    return heard


async def all_changes(address: str) -> list[pb.AuditEntry]:
    async with grpc.aio.insecure_channel(address) as channel:
        answer = await RegistryServiceStub(channel).ListAudit(pb.ListAuditRequest(), timeout=CALL_S)
    return list(answer.entries)


async def test_same_contract_from_fifty_clients_over_three_replicas_gets_one_id(tmp_path: Path) -> None:
    async with postgres() as server, replicas(server.url, tmp_path) as three:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(publish(three[n % 3].address, "orders")) for n in range(CLIENTS)]
        answers = [task.result() for task in tasks]
        changes = await all_changes(three[0].address)

    assert {answer.published.id for answer in answers} == {1}
    assert sum(answer.created for answer in answers) == 1
    assert len(changes) == 1


async def test_same_schema_from_fifty_clients_over_three_replicas_gets_one_id(tmp_path: Path) -> None:
    async with postgres() as server, replicas(server.url, tmp_path) as three:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(register(three[n % 3].http, f"s{n % 4}-value", SCHEMA)) for n in range(CLIENTS)]
        versions = await versions_of(three[1].http, "s0-value")
        changes = await all_changes(three[0].address)

    assert {task.result() for task in tasks} == {1}
    assert versions == [1]
    assert sorted(entry.target for entry in changes) == ["s0-value", "s1-value", "s2-value", "s3-value"]


async def versions_of(http: str, subject: str) -> list[int]:
    async with httpx.AsyncClient(base_url=f"http://{http}", timeout=CALL_S) as rest:
        return list((await rest.get(f"/subjects/{subject}/versions")).json())


async def test_contracts_and_schemas_at_once_never_share_an_id(tmp_path: Path) -> None:
    async with postgres() as server, replicas(server.url, tmp_path) as three, asyncio.TaskGroup() as group:
        contracts = [group.create_task(publish(three[n % 3].address, f"c{n}")) for n in range(CLIENTS // 2)]
        schemas = [
            group.create_task(register(three[n % 3].http, f"s{n}-value", SCHEMA.replace("Parcel", f"P{n}")))
            for n in range(CLIENTS // 2)
        ]
        await asyncio.wait([*contracts, *schemas])
    ids = [task.result().published.id for task in contracts] + [task.result() for task in schemas]

    assert sorted(ids) == list(range(1, len(ids) + 1))


async def test_different_contracts_at_once_never_share_an_id(tmp_path: Path) -> None:
    async with postgres() as server, replicas(server.url, tmp_path) as three:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(publish(three[n % 3].address, f"c{n}")) for n in range(CLIENTS)]
        ids = sorted(task.result().published.id for task in tasks)

    assert ids == list(range(1, CLIENTS + 1))


async def test_nothing_is_lost_or_doubled_when_replica_and_database_are_killed(tmp_path: Path) -> None:
    answered: dict[str, pb.ContractVersion] = {}
    schemas: dict[str, int] = {}

    async def register_some(https: Sequence[str]) -> None:
        for number in range(SCHEMAS):
            schema = SCHEMA.replace("Parcel", f"P{number}")
            schemas[f"s{number}-value"] = await registered_at_last(https, f"s{number}-value", schema)

    async def publish_some(addresses: Sequence[str], first: int) -> None:
        for number in range(first, CONTRACTS, 6):
            answered[f"c{number}"] = await published_at_last(addresses, f"c{number}")

    async with postgres() as server, replicas(server.url, tmp_path) as three:
        addresses = [replica.address for replica in three]
        async with asyncio.TaskGroup() as group:
            for first in range(6):
                group.create_task(publish_some(addresses[first % 3 :] + addresses[: first % 3], first))
            group.create_task(register_some([replica.http for replica in three]))
            await strike(server, three, answered)
        kept = {subject: await versions_of(three[2].http, subject) for subject in schemas}
        versions = await all_versions(addresses[0])
        changes = await all_changes(addresses[1])

    assert {version.contract: version for version in versions} == answered
    ids = [*(version.id for version in versions), *schemas.values()]
    assert len(ids) == len(set(ids)) == CONTRACTS + SCHEMAS
    assert kept == {subject: [1] for subject in schemas}
    assert sorted(entry.target for entry in changes) == sorted([*answered, *schemas])


async def strike(server: Postgres, three: Sequence[Service], answered: dict[str, pb.ContractVersion]) -> None:
    """Kill the database, a replica, and both, each after some more publications."""

    async def more_than(count: int) -> bool:
        return len(answered) >= count

    await eventually(lambda: more_than(10), within_s=60)
    await server.kill()
    server.start()
    await eventually(lambda: more_than(40), within_s=60)
    await three[1].kill()
    three[1].start()
    await eventually(lambda: more_than(70), within_s=60)
    await asyncio.gather(server.kill(), three[2].kill())
    server.start()
    await server.ready()
    three[2].start()
    for replica in three:
        await replica.ready()


async def hears(address: str, listening: asyncio.Event) -> pb.ContractVersion:
    """The first version that a watcher is told after it caught up."""
    async with grpc.aio.insecure_channel(address) as channel:
        async for message in RegistryServiceStub(channel).WatchContracts(pb.WatchContractsRequest(), timeout=60):
            if message.HasField("contract"):
                return message.contract
            listening.set()
    raise AssertionError("the watch ended")


async def heard_on_all(three: Sequence[Service]) -> list[pb.ContractVersion]:
    listening = [asyncio.Event() for _ in three]
    async with asyncio.TaskGroup() as group:
        hearing = [group.create_task(hears(one.address, event)) for one, event in zip(three, listening, strict=True)]
        for event in listening:
            await event.wait()
        async with asyncio.timeout(SOONER_THAN_A_HEARTBEAT_S):
            await publish(three[0].address, "orders")
            await asyncio.wait(hearing)
    return [one.result() for one in hearing]


async def test_watchers_of_every_replica_hear_long_before_a_heartbeat(tmp_path: Path) -> None:
    async with postgres() as server, replicas(server.url, tmp_path) as three:
        assert [one.contract for one in await heard_on_all(three)] == ["orders"] * 3


async def test_watchers_of_two_processes_on_one_file_hear_long_before_a_heartbeat(tmp_path: Path) -> None:
    async with replicas(f"sqlite:///{tmp_path}/registry.db", tmp_path, 2) as two:
        assert [one.contract for one in await heard_on_all(two)] == ["orders"] * 2


async def test_health_says_whether_the_store_answers_and_turns_back_by_itself(tmp_path: Path) -> None:
    async with postgres() as server, replicas(server.url, tmp_path, 2) as two:

        async def health() -> list[bool]:
            return [await is_serving(one.address) for one in two]

        assert await health() == [True, True]
        await server.kill()
        await eventually(lambda: is_all(health, wanted=False))
        with pytest.raises(grpc.aio.AioRpcError, match="the store 127") as refused:
            await publish(two[0].address, "orders")
        server.start()
        await eventually(lambda: is_all(health, wanted=True))

        assert refused.value.code() is grpc.StatusCode.UNAVAILABLE
        assert (await publish(two[0].address, "orders")).created
        assert all(server.password not in one.log.read_text() for one in two)


async def test_store_that_is_frozen_is_away_and_a_replica_stops_all_the_same(tmp_path: Path) -> None:
    async with postgres() as server, replicas(server.url, tmp_path, 1) as (replica,):

        async def health() -> list[bool]:
            return [await is_serving(replica.address)]

        server.pause()
        await eventually(lambda: is_all(health, wanted=False))
        async with httpx.AsyncClient(base_url=f"http://{replica.http}", timeout=CALL_S) as rest:
            ready = await rest.get("/readyz")
        server.resume()
        await eventually(lambda: is_all(health, wanted=True))
        created = (await publish(replica.address, "orders")).created
        server.pause()
        await eventually(lambda: is_all(health, wanted=False))
        code = await replica.stop()
        server.resume()

    assert (ready.status_code, ready.headers["retry-after"], created, code) == (503, "1", True, 0)


async def is_all(health: Callable[[], Awaitable[list[bool]]], *, wanted: bool) -> bool:
    return set(await health()) == {wanted}
