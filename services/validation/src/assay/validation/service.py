"""The gRPC face of validation: verdicts for producers and builds, by the judges of the stream."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager

import grpc

from assay.api.validation.v1 import validation_pb2 as pb
from assay.api.validation.v1.validation_pb2_grpc import ValidationServiceServicer
from assay.contracts import Verdict
from assay.runtime import AssayError, Clock
from assay.runtime.refusal import Refusing, refuse
from assay.streaming import Block, Record, headers
from assay.validation.errors import (
    BatchSizeError,
    ContractNotSeatedError,
    OverloadedError,
    SchemaAwaitedError,
    ValidationError,
)
from assay.validation.explainer import NoWorkerError
from assay.validation.judges import Seat
from assay.validation.judging import Explains, judge
from assay.validation.letters import wire_violations
from assay.validation.seating import Seating
from assay.validation.seats import Seats

__all__ = ["SERVICE", "ValidationService"]

SERVICE = pb.DESCRIPTOR.services_by_name["ValidationService"].full_name
MAX_RECORDS = 1_000
MAX_ANSWER_BYTES = 3 * 1024 * 1024
"""A client takes 4 MiB unless it is told otherwise; beyond this, violations are counted, not told."""

NOWHERE = -1
CODES: dict[type[AssayError], grpc.StatusCode] = {
    BatchSizeError: grpc.StatusCode.INVALID_ARGUMENT,
    ContractNotSeatedError: grpc.StatusCode.NOT_FOUND,
    OverloadedError: grpc.StatusCode.RESOURCE_EXHAUSTED,
    SchemaAwaitedError: grpc.StatusCode.UNAVAILABLE,
    NoWorkerError: grpc.StatusCode.UNAVAILABLE,
}


class ValidationService(ValidationServiceServicer):
    """Judges batches of records, so many calls at a time; what the first tier does not accept goes to `explain`."""

    def __init__(self, seating: Seating, clock: Clock, explain: Explains, max_calls: int = 4) -> None:
        self._seating = seating
        self._clock = clock
        self._explain = explain
        self._free_calls = max_calls

    async def Validate(  # noqa: N802 -- the name is the proto's
        self, request: pb.ValidateRequest, context: Refusing
    ) -> pb.ValidateResponse:
        async with _answering(context):
            if not 1 <= len(request.records) <= MAX_RECORDS:
                raise BatchSizeError(len(request.records), MAX_RECORDS)
            with self._place():
                return await self._validate(request)

    async def _validate(self, request: pb.ValidateRequest) -> pb.ValidateResponse:
        seats = self._seating.seats
        seat = seats.at(request.contract)
        if seat is None:
            raise ContractNotSeatedError(request.contract)
        now_ms, topic = self._clock.now_ms(), seat.contract.topics.raw[0]
        records = Block.of([_record(one, topic, request.version, now_ms) for one in request.records])
        return _answer(await self._judged(records, seats, seat))

    async def _judged(self, records: Block, seats: Seats, home: Seat) -> list[tuple[Verdict, str]]:
        """Return each verdict with the version that gave it, as the stream would."""
        places = await seats.place(records)
        found = await judge(records, records.timestamps_ms, places, home, self._explain)
        used = found.seats or [found.seat or home] * len(records)
        return [(one.verdict, by.contract.version) for one, by in zip(found.judged, used, strict=True)]

    @contextmanager
    def _place(self) -> Iterator[None]:
        """Hold one of the places for calls under way; a full house sends the next one away."""
        if self._free_calls == 0:
            raise OverloadedError
        self._free_calls -= 1
        try:
            yield
        finally:
            self._free_calls += 1


@asynccontextmanager
async def _answering(context: Refusing) -> AsyncIterator[None]:
    """Turn validation's errors into the status of the call, with their facts as google.rpc.ErrorInfo."""
    try:
        yield
    except (ValidationError, NoWorkerError) as error:
        await refuse(context, CODES[type(error)], error)


def _record(candidate: pb.Candidate, topic: str, version: str, now_ms: int) -> Record:
    """The candidate as it would stand on the raw topic."""
    declared = candidate.version or version
    given = ((headers.VERSION, declared.encode()),) if declared else ()
    value = candidate.value if candidate.HasField("value") else None
    return Record(topic, NOWHERE, 0, candidate.arrived_ms or now_ms, None, value, given)


def _answer(told: Sequence[tuple[Verdict, str]]) -> pb.ValidateResponse:
    answer, size = pb.ValidateResponse(), 0
    for verdict, version in told:
        one = answer.verdicts.add(accepted=verdict.accepted, reason=verdict.reason or "", version=version)
        one.violations.extend(wire_violations(verdict.violations))
        if size + one.ByteSize() > MAX_ANSWER_BYTES:
            one.omitted = len(one.violations)
            del one.violations[:]
        size += one.ByteSize()
    return answer
