"""What can be wrong with a contract file, or with the envelope around a record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = [
    "ContractError",
    "ContractsError",
    "EnvelopeError",
    "Finding",
    "MalformedRecordError",
    "SchemaError",
    "SchemaTooLargeError",
    "UnwritableError",
]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong with a contract file: where, what, and what to do about it."""

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}"


class ContractsError(Exception):
    """Base of everything that this package raises."""


class ContractError(ContractsError):
    """A contract file cannot be used; `findings` says why, in the order of the file."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__("\n".join(str(finding) for finding in findings))
        self.findings = tuple(findings)


class EnvelopeError(ContractsError):
    """A change event is not one: `expected` says what should be there, `found` what is, without values."""

    def __init__(self, path: str, expected: str, found: str) -> None:
        super().__init__(f"{path or 'the record'}: expected {expected}, found {found}")
        self.path = path
        self.expected = expected
        self.found = found


class MalformedRecordError(ContractsError):
    """A record cannot be read in its wire form; `found` says what is there instead, without values."""

    def __init__(self, found: str) -> None:
        super().__init__(f"the record cannot be read: found {found}")
        self.found = found


class SchemaError(ContractsError):
    """A schema cannot be used; the message says why."""


class SchemaTooLargeError(SchemaError):
    """A schema, with what it refers to, is larger than any may be."""


class UnwritableError(ContractsError, ValueError):
    """A record cannot be written in a wire form: `path` says where, `why` what cannot be said there, without values."""

    def __init__(self, path: str, why: str) -> None:
        super().__init__(f"{path}: {why}")
        self.path = path
        self.why = why
