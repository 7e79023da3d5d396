"""The stream: raw records in, each judged by its contract, validated ones and dead letters out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from assay.contracts import Contract, Judge, Reason, Verdict
from assay.streaming import Outgoing, Partition, Record, Start
from assay.streaming.keys import Keys
from assay.telemetry import get_logger, metrics
from assay.validation.errors import NotSeatedError
from assay.validation.letters import dead_letter, stub, validated

__all__ = ["Validation"]

VALID = "valid"


@dataclass(frozen=True, slots=True)
class _Seat:
    """A contract in force and its judge."""

    contract: Contract
    judge: Judge


class Validation:
    """The step of the forwarder. A new version takes its seat between two calls; the records of one have one judge."""

    start = Start.COMMITTED

    def __init__(self, keys: Keys) -> None:
        self._keys = keys
        self._seats: dict[str, _Seat] = {}

    @property
    def topics(self) -> Collection[str]:
        """The raw topics of every contract that is seated."""
        return self._seats.keys()

    def seat(self, contract: Contract) -> None:
        """Put a contract in force for its raw topics, in place of the version before it."""
        seat = _Seat(contract, Judge(contract))
        self._seats = {topic: old for topic, old in self._seats.items() if old.contract.id != contract.id}
        self._seats |= dict.fromkeys(contract.topics.raw, seat)
        get_logger().info("contract.seated", contract=contract.id, version=contract.version)

    async def assigned(self, partition: Partition) -> None:
        """Nothing to prepare: a verdict needs the record and its contract alone."""

    async def judge(self, records: Sequence[Record]) -> list[Outgoing]:
        seat = self._seat_of(records[0].topic)
        judged = [(record, seat.judge.judge(record.value)) for record in records]
        for outcome, count in Counter(verdict.reason or VALID for _, verdict in judged).items():
            metrics.RECORDS_JUDGED.labels(seat.contract.id, outcome).inc(count)
        return [_settled(record, seat.contract, verdict, self._keys) for record, verdict in judged]

    def closing(self, partition: Partition, log_end: int) -> list[Outgoing]:  # noqa: ARG002 -- the face of a step
        """Nothing yet."""
        return []

    def committed(self, partition: Partition) -> None:
        """Nothing is held from one transaction to the next."""

    def stub(self, record: Record, refusal: str) -> list[Outgoing]:
        contract = self._seat_of(record.topic).contract
        metrics.RECORDS_JUDGED.labels(contract.id, Reason.TOO_LARGE).inc()
        return [stub(record, contract, refusal)]

    def _seat_of(self, topic: str) -> _Seat:
        seat = self._seats.get(topic)
        if seat is None:
            raise NotSeatedError(topic)
        return seat


def _settled(record: Record, contract: Contract, verdict: Verdict, keys: Keys) -> Outgoing:
    """Say where a record goes; a contract that only observes diverts nothing."""
    if verdict.accepted or contract.enforcement == "observe":
        return validated(record, contract)
    return dead_letter(record, contract, verdict, keys)
