"""`assay contract observe`: read the raw records of a contract and say what enforcement would refuse."""

from __future__ import annotations

import asyncio
import re
import time
from pathlib import Path
from typing import Annotated

import typer

__all__ = ["observe", "since_ms"]

_SPAN = re.compile(r"([0-9]{1,6})([smhd])")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def since_ms(span: str, now_ms: int) -> int:
    """Return the Unix time that lies a span before now: `90m`, `24h`, `7d`.

    Raises:
        BadParameter: the text is no span.
    """
    found = _SPAN.fullmatch(span)
    if found is None:
        raise typer.BadParameter(f"{span!r} is no duration; write it like 90m, 24h or 7d")
    return now_ms - int(found[1]) * _SECONDS[found[2]] * 1000


def observe(
    contract: Annotated[
        str | None, typer.Argument(metavar="[CONTRACT]", help="Contract id; the version in force judges.")
    ] = None,
    file: Annotated[
        Path | None, typer.Option("--contract", help="Contract file, applied or not.", exists=True, dir_okay=False)
    ] = None,
    topic: Annotated[list[str] | None, typer.Option(help="Topic to read; else the raw topics of the contract.")] = None,
    since: Annotated[str | None, typer.Option(help="How far back: 90m, 24h, 7d; else from the first record.")] = None,
    registry: Annotated[str | None, typer.Option(help="Registry, HOST:PORT; else the one of `assay up`.")] = None,
    broker: Annotated[str | None, typer.Option(help="Kafka broker, HOST:PORT; else the one of `assay up`.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout instead of tables.")] = False,
) -> None:
    """Say what enforcement would refuse of the records that are there: by producer, field and rule, with samples.

    Every committed record is judged by this one version, whatever it declares. Nothing is written, no group is joined.
    """
    from rich.console import Console

    from assay.cli.contracts import loaded
    from assay.cli.observe import words
    from assay.cli.observe.reading import observed, sources
    from assay.cli.observe.report import Report
    from assay.cli.published import contract_of
    from assay.cli.where import address_of, broker_of

    if (contract is None) == (file is None):
        raise typer.BadParameter("name a contract, or a file with --contract")
    start_ms = since_ms(since, time.time_ns() // 1_000_000) if since else None
    judging = loaded([file])[0] if file else asyncio.run(contract_of(contract or "", address_of("registry", registry)))
    topics = topic or sources(judging)
    with Console(stderr=True).status("reading") as status:

        def tell(report: Report) -> None:
            status.update(f"{report.records:,} records read, {report.refused:,} would be refused")

        report = asyncio.run(observed(broker_of(broker), judging, topics, start_ms, tell))
    if as_json:
        typer.echo(words.as_json(report, judging, topics))
    else:
        words.show(report, judging, topics, Console())
