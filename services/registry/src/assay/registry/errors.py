"""What the registry refuses, and why."""

from __future__ import annotations

from collections.abc import Sequence

from assay.contracts import Finding
from assay.runtime import AssayError

__all__ = [
    "BackupDamagedError",
    "ContractRefusedError",
    "ContractUnknownError",
    "RegistryError",
    "StoreNotEmptyError",
    "VersionInForceError",
    "VersionMalformedError",
    "VersionNotRaisedError",
    "VersionTakenError",
    "VersionUnknownError",
]

MAX_WORDS_BYTES = 6_000
"""gRPC carries a message in a header of 8 KiB, a byte that is not ASCII as three."""


class RegistryError(AssayError):
    """Base of the registry's errors."""


class ContractRefusedError(RegistryError):
    """The text is no contract; every finding has its file and line."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__(_in_words([str(finding) for finding in findings]))


class VersionMalformedError(RegistryError):
    """The contract's version can't be ordered."""

    def __init__(self, contract: str, version: str) -> None:
        self.contract, self.version = contract, version
        super().__init__(f"{contract}: version {version!r} is not MAJOR.MINOR.PATCH; write it like 1.2.0")


class VersionTakenError(RegistryError):
    """The version is there with another text."""

    def __init__(self, contract: str, version: str) -> None:
        self.contract, self.version = contract, version
        super().__init__(f"{contract}: version {version} is published with another text; raise the version")


class VersionNotRaisedError(RegistryError):
    """The version is not above the newest one."""

    def __init__(self, contract: str, version: str, newest: str) -> None:
        self.contract, self.version, self.newest = contract, version, newest
        super().__init__(f"{contract}: version {version} is not above the newest, {newest}; raise the version")


class VersionInForceError(RegistryError):
    """The version is the newest one: without it, the contract would have none in force."""

    def __init__(self, contract: str, version: str) -> None:
        self.contract, self.version = contract, version
        super().__init__(
            f"{contract}: version {version} is the newest and in force; publish a newer one before this is retired"
        )


class ContractUnknownError(RegistryError):
    """No version of this contract was ever published."""

    def __init__(self, contract: str) -> None:
        self.contract = contract
        super().__init__(f"no contract {contract!r}; publish it with `assay contract apply`")


class VersionUnknownError(RegistryError):
    """The contract is there, this version is not."""

    def __init__(self, contract: str, version: str) -> None:
        self.contract, self.version = contract, version
        super().__init__(f"no version {version!r} of contract {contract!r}")


class BackupDamagedError(RegistryError):
    """The bytes are no whole backup that this release can read."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(f"the backup can't be restored: {reason}; nothing was changed")


class StoreNotEmptyError(RegistryError):
    """A backup goes into an empty store only."""

    def __init__(self, table: str) -> None:
        self.table = table
        super().__init__(
            f"the registry is not empty (it has {table}); start one on a new store, and restore the backup there"
        )


def _in_words(lines: list[str]) -> str:
    """Join lines up to what a gRPC status carries, and say how many are left out."""
    kept, size = 0, 0
    for line in lines:
        size += 3 + (len(line) if line.isascii() else 3 * len(line.encode()))
        if size > MAX_WORDS_BYTES:
            break
        kept += 1
    rest = [f"and {len(lines) - kept} findings more"] if kept < len(lines) else []
    return "\n".join([*lines[:kept], *rest])
