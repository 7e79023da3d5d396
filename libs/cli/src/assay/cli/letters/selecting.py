"""Which dead letters a command means: from its options to a selection, and back to the command line."""

from __future__ import annotations

import re
import shlex
import time
from dataclasses import dataclass, field
from datetime import datetime

import typer

from assay.api.recovery.v1.recovery_pb2 import GetDeadLetterRequest, GetFailureRequest
from assay.api.recovery.v1.run_pb2 import Selection
from assay.cli.letters.asking import CALL_S, recovery

__all__ = ["Filters", "arguments", "moment_ms", "selection_of"]

_SPAN = re.compile(r"([0-9]{1,6})([smhd])")
_SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
_TIME = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d))?")


@dataclass(frozen=True, slots=True)
class Filters:
    """What a person said of the dead letters that they mean; empty is no filter."""

    contract: str = ""
    failure: str = ""
    reason: str = ""
    path: str = ""
    rule: str = ""
    producer: str = ""
    version: str = ""
    since: str = ""
    until: str = ""
    places: list[str] = field(default_factory=list)


def moment_ms(text: str, now_ms: int) -> int:
    """Return the Unix time of a span before now (`90m`, `24h`, `7d`), of a time with its offset, or of a day in UTC.

    Raises:
        BadParameter: the text is neither.
    """
    if found := _SPAN.fullmatch(text):
        return max(now_ms - int(found[1]) * _SECONDS[found[2]] * 1_000, 0)
    if found := _TIME.fullmatch(text):
        try:
            at = datetime.fromisoformat(text if found[1] else f"{text}T00:00:00Z")
            return max(int(at.timestamp() * 1_000), 0)
        except (ValueError, OverflowError):
            pass
    raise typer.BadParameter(f"{text!r} is no time; write it like 90m, 24h, 7d, or 2026-11-26T08:00:00Z")


async def selection_of(filters: Filters, address: str) -> Selection:
    """Return the selection, with the contract and the whole fingerprint of the failure that was named.

    Raises:
        BadParameter: a time is none, or no contract is named and nothing that has one.
        CallError: there is no such failure or dead letter, or the recovery service does not answer.
    """
    now_ms = time.time_ns() // 1_000_000
    contract, fingerprint = filters.contract, filters.failure
    if filters.failure:
        contract, fingerprint = await _failure(filters.failure, address)
        if filters.contract not in ("", contract):
            raise typer.BadParameter(f"failure {fingerprint} is one of contract {contract}, not {filters.contract}")
    elif not contract and filters.places:
        contract = await _contract_of(filters.places[0], address)
    if not contract:
        raise typer.BadParameter("name a contract, --failure or --at")
    return Selection(
        contract=contract,
        failure=fingerprint,
        reason=filters.reason,
        path=filters.path,
        rule=filters.rule,
        producer=filters.producer,
        version=filters.version,
        since_ms=moment_ms(filters.since, now_ms) if filters.since else 0,
        until_ms=moment_ms(filters.until, now_ms) if filters.until else 0,
        places=filters.places,
    )


def arguments(filters: Filters) -> str:
    """Return the filters as they are typed behind a command."""
    said = [filters.contract] if filters.contract else []
    for name in ("failure", "reason", "path", "rule", "producer", "version", "since", "until"):
        if value := getattr(filters, name):
            said += [f"--{name}", value]
    for place in filters.places:
        said += ["--at", place]
    return shlex.join(said)


async def _failure(fingerprint: str, address: str) -> tuple[str, str]:
    async with recovery(address) as stub:
        answer = await stub.GetFailure(GetFailureRequest(fingerprint=fingerprint), timeout=CALL_S)
    return answer.failure.contract, answer.failure.fingerprint


async def _contract_of(place: str, address: str) -> str:
    async with recovery(address) as stub:
        answer = await stub.GetDeadLetter(GetDeadLetterRequest(place=place), timeout=CALL_S)
    return answer.letter.contract
