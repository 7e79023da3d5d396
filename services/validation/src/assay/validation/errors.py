"""What can go wrong in validation."""

from __future__ import annotations

from assay.client import Version
from assay.runtime import AssayError, TransientError

__all__ = [
    "BatchSizeError",
    "ContractNotSeatedError",
    "NotSeatedError",
    "OverloadedError",
    "SchemaAwaitedError",
    "UncompiledError",
    "ValidationError",
]


class ValidationError(AssayError):
    """Base of validation's errors."""


class NotSeatedError(ValidationError, TransientError):
    """No contract in force names this topic any more; its partitions are about to be given up."""

    def __init__(self, topic: str) -> None:
        self.topic = topic
        super().__init__(f"no contract in force names the raw topic {topic}")


class SchemaAwaitedError(ValidationError, TransientError):
    """A record declares a version that nobody here knows, and the registry is away: its partition waits a while."""

    def __init__(self, topic: str, partition: int, declared: str) -> None:
        self.topic, self.partition, self.declared = topic, partition, declared
        super().__init__(f"{topic}/{partition} waits for the registry: a record declares {declared}")


class UncompiledError(ValidationError):
    """The judge of a version is asked for that was not compiled yet."""

    def __init__(self, version: Version) -> None:
        self.version = version
        super().__init__(f"version {version.version} of {version.contract} is not compiled")


class BatchSizeError(ValidationError):
    """The call has no records, or too many."""

    def __init__(self, records: int, limit: int) -> None:
        self.records, self.limit = records, limit
        super().__init__(f"the call has {records} records; send 1 to {limit}")


class ContractNotSeatedError(ValidationError):
    """No contract of this id is judged here."""

    def __init__(self, contract: str) -> None:
        self.contract = contract
        super().__init__(
            f"no contract {contract!r} is in force here; publish it with `assay contract apply`, or correct the name"
        )


class OverloadedError(ValidationError, TransientError):
    """As many calls are under way as there may be."""

    def __init__(self) -> None:
        super().__init__("too many calls are under way; try again")
