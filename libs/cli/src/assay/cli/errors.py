"""What a person reads when a command cannot do what it was asked."""

from __future__ import annotations

from collections.abc import Iterator

from assay.client.errors import ClientError
from assay.contracts.errors import ContractsError
from assay.lake.errors import LakeError
from assay.runtime.errors import AssayError
from assay.testkit.errors import TestkitError

__all__ = ["CallError", "CommandError", "words"]


class CommandError(Exception):
    """The command refuses or failed; the message says what, where and what to do."""


class CallError(CommandError):
    """A service did not answer as asked."""

    def __init__(self, service: str, address: str, code: str, details: str) -> None:
        if code == "UNAVAILABLE":
            message = f"the {service} service does not answer at {address}; start it with `assay up`"
        elif code == "DEADLINE_EXCEEDED":
            message = f"the {service} service at {address} took too long to answer"
        else:
            message = f"the {service} service says: {details} ({code})"
        super().__init__(message)
        self.service = service
        self.address = address
        self.code = code


_KNOWN = (CommandError, AssayError, ClientError, ContractsError, LakeError, TestkitError)


def words(error: BaseException) -> list[str] | None:
    """Answer the lines to show for an expected error; None where one of its causes was not expected."""
    lines: list[str] = []
    for leaf in _leaves(error):
        if not isinstance(leaf, _KNOWN):
            return None
        lines.extend(str(leaf).splitlines())
    return lines


def _leaves(error: BaseException) -> Iterator[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        for each in error.exceptions:
            yield from _leaves(each)
    else:
        yield error
