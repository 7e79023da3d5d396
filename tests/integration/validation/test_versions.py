"""Versions side by side on one worker, and a registry that is away."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import grpc

from assay.api.registry.v1.registry_pb2 import RetireContractRequest
from assay.api.registry.v1.registry_pb2_grpc import RegistryServiceStub
from assay.api.validation.v1.validation_pb2 import Candidate, ValidateRequest
from assay.api.validation.v1.validation_pb2_grpc import ValidationServiceStub
from assay.api.validation.v1.verdict_pb2 import Violations
from assay.contracts import Contract
from assay.contracts.frame import framed, guid_of
from assay.streaming import Outgoing, Publisher, Record, headers, scan
from assay.streaming.keys import KeyFile
from assay.streaming.record import Headers
from assay.testkit import Broker, Service, eventually, running
from assay.testkit.builders import contract_text
from assay.testkit.outcome import in_force
from assay.testkit.ports import free_ports
from assay.testkit.services import is_serving

Names = Callable[[str], str]

OLD = b'{"id": "a", "amount": 1}'
NEW = b'{"id": "a", "total": 1}'
CALL_S = 20.0


def renamed(contract: str, version: str) -> bytes:
    """A later version, in which `amount` is called `total`."""
    return contract_text(contract, version).replace(b"name: amount", b"name: total")


async def retire(registry: Service, contract: str, version: str) -> None:
    async with grpc.aio.insecure_channel(registry.address) as channel:
        request = RetireContractRequest(contract=contract, version=version)
        await RegistryServiceStub(channel).RetireContract(request, timeout=CALL_S)


async def send(broker: Broker, contract: Contract, *records: tuple[bytes, Headers]) -> None:
    assert contract.topics.raw_app is not None
    async with Publisher(broker.bootstrap) as publisher:
        await publisher.publish([Outgoing(contract.topics.raw_app, 0, b"k", value, given) for value, given in records])


async def settled(broker: Broker, contract: Contract, records: int) -> dict[int, Record]:
    """The records after validation, by their raw offset, once there are so many."""

    async def ask() -> dict[int, Record] | None:
        topics = [contract.topics.validated, contract.topics.dead_letters]
        read = [record async for found in scan(broker.bootstrap, topics) for record in found]
        known = {int((record.header(headers.SOURCE) or "").rpartition("/")[2]): record for record in read}
        return known if len(known) >= records else None

    found = await eventually(ask, within_s=60)
    assert found is not None
    return found


def said(record: Record) -> tuple[str | None, str]:
    """Which version judged, and what is wrong."""
    packed = next((value for name, value in record.headers if name == headers.VIOLATIONS), None)
    violations = Violations.FromString(packed or b"").violations
    return record.header(headers.CONTRACT), violations[0].found if violations else ""


def declaring(version: str) -> Headers:
    return ((headers.VERSION, version.encode()),)


async def test_each_record_is_judged_by_the_version_that_it_declares(
    broker: Broker, unique: Names, tmp_path: Path
) -> None:
    name = unique("versions")
    first, second, third = contract_text(name), contract_text(name, "1.1.0"), renamed(name, "2.0.0")
    async with running("registry", data=tmp_path, store=f"sqlite:///{tmp_path / 'registry.db'}") as registry:
        for text in (first, second, third):
            contract = await in_force(registry.address, broker.bootstrap, text)
        await retire(registry, name, "1.0.0")
        await send(
            broker,
            contract,
            (NEW, ()),
            (OLD, ()),
            (OLD, declaring("1.1.0")),
            (framed(OLD, 2), ()),
            (framed(OLD, guid_of(second)), ()),
            (OLD, declaring("1.0.0")),
            (framed(NEW, 99), ()),
        )
        async with running("validation", data=tmp_path, broker=broker.bootstrap, registry=registry.address) as worker:
            found = await settled(broker, contract, 7)
            await in_force(registry.address, broker.bootstrap, contract_text(name, "3.0.0"))

            async def swapped() -> bool:
                async with grpc.aio.insecure_channel(worker.address) as channel:
                    request = ValidateRequest(contract=name, records=[Candidate(value=OLD)])
                    answer = await ValidationServiceStub(channel).Validate(request, timeout=CALL_S)
                return answer.verdicts[0].version == "3.0.0" and answer.verdicts[0].accepted

            await eventually(swapped, within_s=30)
            await send(broker, contract, (OLD, ()))
            swap = (await settled(broker, contract, 8))[7]

    assert [found[offset].topic == contract.topics.validated for offset in range(7)] == [
        True, False, True, True, True, False, False,
    ]  # fmt: skip
    assert [said(found[offset])[0] for offset in range(5)] == [
        f"{name}@{version}" for version in ("2.0.0", "2.0.0", "1.1.0", "1.1.0", "1.1.0")
    ]
    assert found[3].value == framed(OLD, 2)
    assert said(found[5])[1] == "version 1.0.0 is retired; use 2.0.0"
    assert said(found[6])[1] == "schema id 99, which is unknown"
    assert said(swap)[0] == f"{name}@3.0.0"
    declared = {offset: record.header(headers.VERSION) for offset, record in found.items()}
    assert {offset: version for offset, version in declared.items() if version} == {5: "1.0.0"}  # a dead letter's alone


async def test_unknown_version_is_waited_for_and_then_refused_while_the_registry_is_away(
    broker: Broker, unique: Names, tmp_path: Path
) -> None:
    settings = {"broker": broker.bootstrap, "snapshot": str(tmp_path / "contracts.json"), "unknown_schema_wait_s": "1"}
    async with running("registry", data=tmp_path, store=f"sqlite:///{tmp_path / 'registry.db'}") as registry:
        contract = await in_force(registry.address, broker.bootstrap, contract_text(unique("away")))
        async with running("validation", data=tmp_path, registry=registry.address, **settings):
            await send(broker, contract, (OLD, ()))
            await settled(broker, contract, 1)
        address = registry.address
    async with running("validation", data=tmp_path, registry=address, **settings):
        await send(broker, contract, (OLD, ()), (framed(OLD, 99), ()), (OLD, ()))
        found = await settled(broker, contract, 4)

    assert [found[offset].topic for offset in range(4)].count(contract.topics.validated) == 3
    assert said(found[2])[1] == "schema id 99, unknown while the registry is away"


async def test_without_registry_and_snapshot_nothing_is_served(broker: Broker, tmp_path: Path) -> None:
    here, metrics = free_ports(2)
    env = {"ASSAY_VALIDATION_BROKER": broker.bootstrap, "ASSAY_VALIDATION_REGISTRY": "127.0.0.1:1"}
    worker = Service("validation", log=tmp_path / "validation.log", grpc_port=here, metrics_port=metrics, env=env)
    await asyncio.to_thread(KeyFile.create, tmp_path / "keys.json")
    worker.start({"ASSAY_VALIDATION_KEYS": str(tmp_path / "keys.json")})

    async def lost() -> bool:
        return "registry.lost" in await asyncio.to_thread((tmp_path / "validation.log").read_text)

    await eventually(lost, within_s=30)
    assert not await is_serving(worker.address)
    await worker.stop()
