"""Validation's gRPC face: the verdicts of the stream, and with which status it refuses."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from functools import partial

import grpc
import pytest
from google.rpc import error_details_pb2, status_pb2

from assay.api.validation.v1 import validation_pb2 as pb
from assay.api.validation.v1.validation_pb2_grpc import ValidationServiceStub, add_ValidationServiceServicer_to_server
from assay.client import Version
from assay.contracts import load
from assay.contracts.frame import framed
from assay.runtime import GrpcServer
from assay.testkit.builders import contract_text
from assay.validation.judging import explain_here
from assay.validation.seating import Seating
from assay.validation.service import MAX_ANSWER_BYTES, ValidationService

CALL_S = 5.0
GOOD = b'{"id": "a", "amount": 1}'
IN_FORCE = load(contract_text("orders", "2.0.0"))
BAD = b'{"id": 1, "amount": "secret"}'


class At:
    """A clock that stands still."""

    def now_ms(self) -> int:
        return 1_700_000_000_000


class Known:
    """Two versions of orders, the older retired, the newer in force."""

    is_current = True
    versions = {  # noqa: RUF012 -- nobody changes it
        "orders": {
            "1.0.0": Version(1, "orders", "1.0.0", contract_text("orders"), 0, retired=True),
            "1.1.0": Version(2, "orders", "1.1.0", contract_text("orders", "1.1.0"), 0),
            "2.0.0": Version(3, "orders", "2.0.0", contract_text("orders", "2.0.0"), 0),
        }
    }


@asynccontextmanager
async def validation(known: Known | None = None, max_calls: int = 4) -> AsyncIterator[ValidationServiceStub]:
    seating = Seating(known or Known())
    await seating.take([IN_FORCE])
    service = ValidationService(seating, At(), explain_here, max_calls)
    add = partial(add_ValidationServiceServicer_to_server, service)
    async with (
        asyncio.timeout(20),
        GrpcServer("127.0.0.1:0", [add], []) as server,
        grpc.aio.insecure_channel(f"127.0.0.1:{server.port}") as channel,
    ):
        yield ValidationServiceStub(channel)


async def judged(
    stub: ValidationServiceStub, values: Iterable[bytes], contract: str = "orders", version: str = ""
) -> list[pb.Verdict]:
    records = [pb.Candidate(value=value) for value in values]
    request = pb.ValidateRequest(contract=contract, version=version, records=records)
    return list((await stub.Validate(request, timeout=CALL_S)).verdicts)


def info(error: grpc.aio.AioRpcError) -> error_details_pb2.ErrorInfo:
    pairs: Iterable[tuple[str, bytes]] = error.trailing_metadata() or ()  # type: ignore[assignment]  # plain pairs
    status = status_pb2.Status.FromString(dict(pairs)["grpc-status-details-bin"])
    found = error_details_pb2.ErrorInfo()
    assert status.details[0].Unpack(found)
    return found


async def test_each_record_has_its_verdict_in_order() -> None:
    async with validation() as stub:
        good, bad, none = await judged(stub, [GOOD, BAD, b"{"])

    assert (good.accepted, good.reason, good.version) == (True, "", "2.0.0")
    assert (bad.accepted, bad.reason) == (False, "schema")
    assert {(one.path, one.rule) for one in bad.violations} == {("/id", "type"), ("/amount", "type")}
    assert none.reason == "malformed"


async def test_no_value_of_a_record_comes_back() -> None:
    async with validation() as stub:
        assert "secret" not in str(await judged(stub, [BAD]))


async def test_absent_value_is_a_tombstone() -> None:
    async with validation() as stub:
        request = pb.ValidateRequest(contract="orders", records=[pb.Candidate()])
        verdicts = (await stub.Validate(request, timeout=CALL_S)).verdicts

    assert [one.accepted for one in verdicts] == [True]


async def test_version_may_be_named_by_the_call_by_the_record_and_by_its_frame() -> None:
    async with validation() as stub:
        request = pb.ValidateRequest(
            contract="orders",
            version="1.1.0",
            records=[
                pb.Candidate(value=GOOD),
                pb.Candidate(value=GOOD, version="2.0.0"),
                pb.Candidate(value=framed(GOOD, 3)),
                pb.Candidate(value=GOOD, version="1.0.0"),
            ],
        )
        verdicts = (await stub.Validate(request, timeout=CALL_S)).verdicts

    assert [(one.version, one.reason) for one in verdicts] == [
        ("1.1.0", ""),
        ("2.0.0", ""),
        ("2.0.0", ""),
        ("2.0.0", "unknown_schema"),
    ]
    assert verdicts[3].violations[0].found == "version 1.0.0 is retired; use 2.0.0"


async def test_contract_that_is_not_in_force_is_not_found() -> None:
    async with validation() as stub:
        with pytest.raises(grpc.aio.AioRpcError, match="planes") as refused:
            await judged(stub, [GOOD], contract="planes")

    assert refused.value.code() is grpc.StatusCode.NOT_FOUND
    facts = info(refused.value)
    assert (facts.reason, facts.domain, dict(facts.metadata)) == (
        "CONTRACT_NOT_SEATED",
        "assay",
        {"contract": "planes"},
    )


@pytest.mark.parametrize("records", [0, 1001])
async def test_batch_of_no_records_or_too_many_is_refused(records: int) -> None:
    async with validation() as stub:
        with pytest.raises(grpc.aio.AioRpcError, match="send 1 to 1000") as refused:
            await judged(stub, [b"{}"] * records)

    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert info(refused.value).metadata["records"] == str(records)


async def test_call_beyond_the_places_is_sent_away() -> None:
    async with validation(max_calls=0) as stub:
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await judged(stub, [GOOD])

    assert refused.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED


async def test_unknown_version_while_the_registry_is_away_is_to_be_tried_again() -> None:
    known = Known()
    known.is_current = False
    async with validation(known) as stub:
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await judged(stub, [GOOD], version="9.0.0")

    assert refused.value.code() is grpc.StatusCode.UNAVAILABLE


async def test_a_thousand_records_with_many_violations_fit_into_one_answer() -> None:
    wrong = "{" + ",".join(f'"{"n" * 150}{number}": 1' for number in range(16)) + "}"
    async with validation() as stub:
        verdicts = await judged(stub, [wrong.encode()] * 1000)

    assert sum(one.ByteSize() for one in verdicts) <= MAX_ANSWER_BYTES + 1000 * 100
    assert (len(verdicts[0].violations), verdicts[0].omitted) == (16, 0)
    assert (len(verdicts[-1].violations), verdicts[-1].omitted) == (0, 16)
