"""What became of a dead letter, once and for all, and how that is written. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from google.protobuf.message import DecodeError

from assay.api.recovery.v1 import recovery_pb2 as pb
from assay.streaming import HeaderError, Outgoing, Record, Source, headers

__all__ = ["Outcome", "Settlement"]

MAX_ATTEMPT = 2**31 - 1


class Outcome(StrEnum):
    """How a dead letter was settled. The list is closed."""

    REPLAYED = "replayed"
    DISCARDED = "discarded"
    QUARANTINED = "quarantined"


_ON_THE_WIRE = {
    Outcome.REPLAYED: pb.OUTCOME_REPLAYED,
    Outcome.DISCARDED: pb.OUTCOME_DISCARDED,
    Outcome.QUARANTINED: pb.OUTCOME_QUARANTINED,
}
_FROM_THE_WIRE = {number: outcome for outcome, number in _ON_THE_WIRE.items()} | {
    pb.OUTCOME_UNSPECIFIED: Outcome.REPLAYED  # of before there were others
}


@dataclass(frozen=True, slots=True)
class Settlement:
    """One dead letter's end; `place` is where it stands, `contract` id@version of the contract in force."""

    place: Source
    contract: str
    outcome: Outcome
    attempt: int
    settled_ms: int
    failure: str
    flow: str = ""
    run: str = ""
    actor: str = ""
    why: str = ""

    def written(self, topic: str) -> Outgoing:
        """The record that says it."""
        said = _packed(
            self.contract, self.outcome, min(self.attempt, MAX_ATTEMPT), self.settled_ms, self.failure, self.flow,
            self.run, self.actor, self.why,
        )  # fmt: skip
        return Outgoing(topic, self.place.partition, str(self.place).encode(), said, (), self.settled_ms)

    @classmethod
    def read(cls, record: Record) -> Settlement:
        """Read what stands on a settled topic.

        Raises:
            HeaderError: another than recovery wrote it.
        """
        place = Source.parse((record.key or b"").decode(errors="replace"))
        try:
            said = pb.Settlement.FromString(record.value or b"")
        except DecodeError as error:
            raise HeaderError(f"{headers.source_of(record)} is no settlement") from error
        return cls(
            place,
            said.contract,
            _FROM_THE_WIRE.get(said.outcome, Outcome.REPLAYED),
            said.attempt,
            said.settled_ms,
            said.failure,
            said.flow,
            said.run,
            said.actor,
            said.why,
        )


@lru_cache(maxsize=256)
def _packed(
    contract: str,
    outcome: Outcome,
    attempt: int,
    settled_ms: int,
    failure: str,
    flow: str,
    run: str,
    actor: str,
    why: str,
) -> bytes:
    """The message; those of one transaction often say the same."""
    return pb.Settlement(
        contract=contract,
        flow=flow,
        attempt=attempt,
        settled_ms=settled_ms,
        outcome=_ON_THE_WIRE[outcome],
        failure=failure,
        run=run,
        actor=actor,
        why=why,
    ).SerializeToString()
