"""The last version of a contract that is taken away: the same, with the status retired."""

from __future__ import annotations

import re

from assay.cli.errors import CommandError
from assay.contracts import Contract, ContractError, load
from assay.contracts.diff import Bump, next_version

__all__ = ["farewell"]

_VERSION = re.compile(rb"^version:[^\n]*$", re.MULTILINE)
_STATUS = re.compile(rb"^status:[^\n]*\n", re.MULTILINE)


def farewell(newest: Contract) -> Contract:
    """A version above the newest that says that the contract is retired; watchers hear of it like of any other.

    Raises:
        CommandError: the file is not written so that its version and status can be replaced.
    """
    version = next_version(newest.version, Bump.PATCH)
    said = f"version: {version}\nstatus: retired".encode()
    text = _VERSION.sub(said, _STATUS.sub(b"", newest.text, count=1), count=1)
    try:
        last = load(text, f"{newest.id}@{version}")
    except ContractError as error:
        raise _refusal(newest) from error
    if (last.id, last.version, last.status) != (newest.id, version, "retired"):
        raise _refusal(newest)
    return last


def _refusal(newest: Contract) -> CommandError:
    return CommandError(
        f"contract {newest.id}: its last version can't be written by replacing lines; apply one with `status: retired`"
    )
