"""The wire forms of a record: JSON, Avro, Protobuf. Each reads rows for the judge, who is the same over all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from assay.contracts.envelope import Change
from assay.contracts.verdict import Verdict

__all__ = ["Accept", "Engine", "Form"]

Accept = Callable[[bytes], object]
"""Answers something true for a row that it accepts; raises or answers something false for any other."""


@dataclass(frozen=True, slots=True)
class Engine:
    """What screens the rows of one schema; `refused` says which others failed their trial, and how."""

    name: str
    accept: Accept
    refused: tuple[str, ...] = ()


class Form(Protocol):
    """One contract version in one wire form. A row is a record without its frame and without its envelope.

    Made from the contract and the names of the fields that the judge looks at.
    """

    def open(self, value: bytes) -> Change:
        """The change that a Debezium envelope holds; its rows are rows of this form.

        Raises:
            EnvelopeError: it can be read, but is no change that Debezium would write.
            MalformedRecordError: it cannot be read.
        """
        ...

    def accepts(self, rows: Sequence[bytes]) -> list[bool]:
        """Which rows have the structure that the contract asks for. May only err by saying no; never raises."""
        ...

    def explain(self, row: bytes, *, is_key: bool = False) -> Verdict:
        """The authority on the structure of a row, or of the key of a deleted one: malformed, schema or accepted."""
        ...

    def look(self, rows: Sequence[bytes]) -> list[dict[str, Any]]:
        """The fields that the judge looks at, of rows with the right structure, as JSON has them.

        An absent field is left out, or null. Both tiers read through here, so that they cannot disagree.
        """
        ...

    def record(self, row: bytes) -> dict[str, Any]:
        """The whole row as JSON has it.

        Raises:
            MalformedRecordError: it cannot be read.
        """
        ...
