"""Calls to the alerts service, and the options that its commands share."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from typing import Annotated

import typer

from assay.api.alerts.v1.alerts_pb2_grpc import AlertsServiceStub
from assay.cli.calls import CALL_S, calling

__all__ = ["CALL_S", "SEVERITIES", "Alerts", "AsJson", "EachAsJson", "Severity", "alerts", "severity_code"]

SEVERITIES = ("info", "warning", "critical")

Alerts = Annotated[str | None, typer.Option(help="Alerts service, HOST:PORT; else the one of `assay up`.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object on stdout instead of text.")]
EachAsJson = Annotated[bool, typer.Option("--json", help="JSON on stdout instead of text, one object a line.")]
Severity = Annotated[
    str,
    typer.Option(help="Only as bad as that or worse: info, warning, critical.", show_default=False, metavar="LEVEL"),
]


@contextlib.asynccontextmanager
async def alerts(address: str) -> AsyncIterator[AlertsServiceStub]:
    """The alerts service.

    Raises:
        CallError: a call in the block failed.
    """
    async with calling("alerts", address) as channel:
        yield AlertsServiceStub(channel)


def severity_code(word: str) -> int:
    """Return the number on the wire of a severity, 0 for none.

    Raises:
        BadParameter: it is no severity.
    """
    if word and word not in SEVERITIES:
        raise typer.BadParameter(f"{word!r} is none of {', '.join(SEVERITIES)}", param_hint="--severity")
    return SEVERITIES.index(word) + 1 if word else 0
