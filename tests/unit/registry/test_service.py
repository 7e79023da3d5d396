"""The registry's gRPC face: what it answers, and with which status it refuses."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import grpc
import pytest

from assay.api.registry.v1 import registry_pb2 as pb
from assay.api.registry.v1.registry_pb2_grpc import RegistryServiceStub, add_RegistryServiceServicer_to_server
from assay.registry.service import RegistryService
from assay.registry.store import ContractStore
from assay.registry.watch import Watch
from assay.runtime import GrpcServer, SystemClock
from assay.testkit.builders import contract_text

CALL_S = 5.0


@asynccontextmanager
async def registry(folder: Path) -> AsyncIterator[RegistryServiceStub]:
    async with asyncio.timeout(20), ContractStore(f"sqlite:///{folder}/contracts.db", SystemClock()) as store:
        watch = Watch(store)
        add = partial(add_RegistryServiceServicer_to_server, RegistryService(store, watch))
        async with GrpcServer("127.0.0.1:0", [add], []) as server:
            async with grpc.aio.insecure_channel(f"127.0.0.1:{server.port}") as channel:
                yield RegistryServiceStub(channel)
            watch.close()


async def publish(stub: RegistryServiceStub, text: bytes) -> pb.PublishContractResponse:
    return await stub.PublishContract(pb.PublishContractRequest(text=text), timeout=CALL_S)


async def test_published_text_comes_back_byte_for_byte(tmp_path: Path) -> None:
    text = contract_text("orders") + b"# as written\r\n"
    async with registry(tmp_path) as stub:
        published = (await publish(stub, text)).published
        found = (await stub.GetContract(pb.GetContractRequest(contract="orders"), timeout=CALL_S)).found

    assert found == published
    assert found.text == text


async def test_same_text_again_is_not_created_again(tmp_path: Path) -> None:
    async with registry(tmp_path) as stub:
        first = await publish(stub, contract_text("orders"))
        again = await publish(stub, contract_text("orders"))

    assert (first.created, again.created, again.published) == (True, False, first.published)


async def test_text_that_does_not_lint_is_refused_with_every_finding_and_its_line(tmp_path: Path) -> None:
    text = (
        contract_text("orders").replace(b"logicalType: integer", b"logicalType: integr").replace(b"status", b"statsu")
    )
    async with registry(tmp_path) as stub:
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await publish(stub, text)

    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    lines = (refused.value.details() or "").splitlines()
    assert {line.split(":")[1] for line in lines} >= {"6", "12"}


async def test_a_thousand_findings_fit_into_one_answer(tmp_path: Path) -> None:
    text = contract_text("orders") + b"".join(f"wröng{number}: 1\n".encode() for number in range(1_000))
    async with registry(tmp_path) as stub:
        with pytest.raises(grpc.aio.AioRpcError, match="findings more") as refused:
            await publish(stub, text)

    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT


async def test_same_version_with_other_text_is_refused_and_the_way_out_named(tmp_path: Path) -> None:
    async with registry(tmp_path) as stub:
        await publish(stub, contract_text("orders"))
        with pytest.raises(grpc.aio.AioRpcError, match=r"version 1\.0\.0 .* raise the version") as refused:
            await publish(stub, contract_text("orders", partitions=5))

    assert refused.value.code() is grpc.StatusCode.FAILED_PRECONDITION


async def test_lower_version_is_refused(tmp_path: Path) -> None:
    async with registry(tmp_path) as stub:
        await publish(stub, contract_text("orders", "1.1.0"))
        with pytest.raises(grpc.aio.AioRpcError, match=r"not above the newest, 1\.1\.0") as refused:
            await publish(stub, contract_text("orders", "1.0.9"))

    assert refused.value.code() is grpc.StatusCode.FAILED_PRECONDITION


@pytest.mark.parametrize("wanted", [("planes", ""), ("orders", "9.0.0")])
async def test_what_is_not_there_is_not_found(tmp_path: Path, wanted: tuple[str, str]) -> None:
    async with registry(tmp_path) as stub:
        await publish(stub, contract_text("orders"))
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await stub.GetContract(pb.GetContractRequest(contract=wanted[0], version=wanted[1]), timeout=CALL_S)

    assert refused.value.code() is grpc.StatusCode.NOT_FOUND


async def test_list_has_the_newest_versions(tmp_path: Path) -> None:
    async with registry(tmp_path) as stub:
        for contract, version in (("orders", "1.0.0"), ("orders", "1.1.0"), ("planes", "1.0.0")):
            await publish(stub, contract_text(contract, version))
        listed = await stub.ListContracts(pb.ListContractsRequest(), timeout=CALL_S)

    assert [(one.contract, one.version) for one in listed.contracts] == [("orders", "1.1.0"), ("planes", "1.0.0")]


async def test_watcher_hears_a_publication(tmp_path: Path) -> None:
    async with registry(tmp_path) as stub:
        call = stub.WatchContracts(pb.WatchContractsRequest(), timeout=CALL_S)
        first = await call.read()
        await publish(stub, contract_text("orders"))
        second = await call.read()
        call.cancel()

    assert isinstance(first, pb.WatchContractsResponse)
    assert isinstance(second, pb.WatchContractsResponse)
    assert (first.caught_up, first.HasField("contract"), second.contract.contract) == (True, False, "orders")
    assert (second.token.epoch, second.token.revision) == (first.token.epoch, 1)


async def retire(stub: RegistryServiceStub, version: str) -> pb.RetireContractResponse:
    return await stub.RetireContract(pb.RetireContractRequest(contract="orders", version=version), timeout=CALL_S)


async def test_watcher_hears_a_retirement_as_it_hears_a_publication(tmp_path: Path) -> None:
    async with registry(tmp_path) as stub:
        await publish(stub, contract_text("orders"))
        await publish(stub, contract_text("orders", "1.1.0"))
        call = stub.WatchContracts(pb.WatchContractsRequest(after=None), timeout=CALL_S)
        for _ in range(3):
            await call.read()
        answer = await retire(stub, "1.0.0")
        told = await call.read()
        call.cancel()

    assert isinstance(told, pb.WatchContractsResponse)
    assert (answer.changed, told.contract, told.token.revision) == (True, answer.retired, 3)
    assert told.contract.retired


async def test_newest_version_is_not_retired_and_the_way_out_named(tmp_path: Path) -> None:
    async with registry(tmp_path) as stub:
        await publish(stub, contract_text("orders"))
        with pytest.raises(grpc.aio.AioRpcError, match=r"publish a newer one") as refused:
            await retire(stub, "1.0.0")

    assert refused.value.code() is grpc.StatusCode.FAILED_PRECONDITION


async def test_version_that_is_not_there_cannot_be_retired(tmp_path: Path) -> None:
    async with registry(tmp_path) as stub:
        await publish(stub, contract_text("orders"))
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await retire(stub, "9.0.0")

    assert refused.value.code() is grpc.StatusCode.NOT_FOUND
