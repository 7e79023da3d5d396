"""Calls to the recovery service, and the two questions that a change asks: why, and whether."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import AsyncIterator

import typer

from assay.api.recovery.v1.recovery_pb2_grpc import RecoveryServiceStub
from assay.cli.calls import CALL_S, calling
from assay.cli.errors import CommandError

__all__ = ["CALL_S", "agreed", "reason", "recovery"]


@contextlib.asynccontextmanager
async def recovery(address: str, why: str = "") -> AsyncIterator[RecoveryServiceStub]:
    """The recovery service, told with each call who makes it and why.

    Raises:
        CallError: a call in the block failed.
    """
    async with calling("recovery", address, why) as channel:
        yield RecoveryServiceStub(channel)


def reason(why: str | None) -> str:
    """Return why, as it was said or is said now; the audit keeps it.

    Raises:
        BadParameter: nobody says.
    """
    if why is None and _is_asked():
        why = typer.prompt("Why (the audit keeps it)", err=True)
    if not (why or "").strip():
        raise typer.BadParameter("say why: the audit keeps it", param_hint="--why")
    return str(why).strip()


def agreed(question: str) -> None:
    """Return once a person agrees.

    Raises:
        CommandError: the person does not, or there is nobody to ask.
    """
    if not _is_asked():
        raise CommandError(f"{question} Nobody is here to ask; say --yes")
    if not typer.confirm(question, err=True):
        raise CommandError("nothing was done")


def _is_asked() -> bool:
    return sys.stdin.isatty() and sys.stderr.isatty()
