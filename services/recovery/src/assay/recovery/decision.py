"""What is to become of a dead letter. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

from assay.recovery.settlement import Outcome
from assay.streaming import Record

__all__ = ["Decision", "End", "Replay", "Stay"]


@dataclass(frozen=True, slots=True)
class Replay:
    """It goes back with this value; `record` is the dead letter, open, and `order` its place among those of its key.

    `schema` is what stands in the header that carries a frame then, `version` what the record declares.
    """

    record: Record = field(repr=False)
    value: bytes | None = field(repr=False)
    order: int
    flow: str = ""
    schema: bytes | None = None
    version: str = ""


@dataclass(frozen=True, slots=True)
class End:
    """It is settled, and does not go back."""

    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Stay:
    """It stays a dead letter, and why; nothing of the record is in the explanation."""

    explanation: str


Decision = Replay | End | Stay
