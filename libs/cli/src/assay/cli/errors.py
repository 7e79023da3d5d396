"""What a person reads when a command cannot do what it was asked."""

from __future__ import annotations

import sys
from collections.abc import Iterator

__all__ = ["CallError", "CommandError", "words"]


class CommandError(Exception):
    """The command refuses or failed; the message says what, where and what to do."""


class CallError(CommandError):
    """A service did not answer as asked."""

    def __init__(self, service: str, address: str, code: str, details: str, *, told: bool = False) -> None:
        """Put it into words; `told` where the service itself refused, and not the way to it."""
        if told and code in ("UNAVAILABLE", "DEADLINE_EXCEEDED"):
            message = f"the {service} service says: {details}"
        elif code == "UNAVAILABLE" and not details.startswith("the store "):
            message = f"the {service} service does not answer at {address}; start it with `assay up`"
        elif code == "DEADLINE_EXCEEDED":
            message = f"the {service} service at {address} took too long to answer"
        else:
            message = f"the {service} service says: {details} ({code})"
        super().__init__(message)
        self.service = service
        self.address = address
        self.code = code


_EXPECTED = {
    "assay.client.errors": "ClientError",
    "assay.contracts.errors": "ContractsError",
    "assay.lake.errors": "LakeError",
    "assay.runtime.errors": "AssayError",
    "assay.testkit.errors": "TestkitError",
}


def words(error: BaseException) -> list[str] | None:
    """Answer the lines to show for an expected error; None where one of its causes was not expected."""
    expected = _expected()
    lines: list[str] = []
    for leaf in _leaves(error):
        if not isinstance(leaf, expected):
            return None
        lines.extend(str(leaf).splitlines())
    return lines


def _expected() -> tuple[type[BaseException], ...]:
    """The bases of what may go wrong; a package that nobody imported raised nothing (importing them all takes 2 s)."""
    loaded = ((sys.modules.get(module), name) for module, name in _EXPECTED.items())
    return (CommandError, *(getattr(module, name) for module, name in loaded if module is not None))


def _leaves(error: BaseException) -> Iterator[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        for each in error.exceptions:
            yield from _leaves(each)
    else:
        yield error
