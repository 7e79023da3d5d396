"""What failed, seen: `assay dead-letters list`, `show`, `tail` and `open`."""

from __future__ import annotations

import asyncio
import time
from typing import Annotated

import typer

from assay.cli.letters import options as o

__all__ = ["list_", "open_", "show", "tail"]

STATUSES = ("new", "known", "recovering", "recovered", "quarantined", "discarded")


def list_(
    contract: Annotated[str, typer.Argument(metavar="CONTRACT", help="Contract id; all contracts without it.")] = "",
    reason: o.Reason = "",
    path: o.Path_ = "",
    producer: o.Producer = "",
    since: o.Since = "",
    until: o.Until = "",
    status: Annotated[
        list[str] | None,
        typer.Option(help=f"Only of this status: {', '.join(STATUSES)}.", rich_help_panel="Which dead letters"),
    ] = None,
    limit: Annotated[int, typer.Option(help="How many failures at most.", min=1, max=5_000)] = 50,
    recovery: o.Recovery = None,
    registry: o.Registry = None,
    as_json: o.AsJson = False,
) -> None:
    """List failures: dead letters in groups that failed in the same way, the largest first."""
    from rich.console import Console

    from assay.api.recovery.v1.recovery_pb2 import FailureStatus, ListFailuresRequest
    from assay.cli.letters import listing
    from assay.cli.letters.facts import as_json as line
    from assay.cli.letters.facts import facts
    from assay.cli.letters.selecting import moment_ms
    from assay.cli.where import address_of

    if wrong := set(status or ()) - set(STATUSES):
        raise typer.BadParameter(f"{min(wrong)!r} is none of {', '.join(STATUSES)}", param_hint="--status")
    now_ms = time.time_ns() // 1_000_000
    asked = ListFailuresRequest(
        contract=contract,
        reason=reason,
        path=path,
        producer=producer,
        since_ms=moment_ms(since, now_ms) if since else 0,
        until_ms=moment_ms(until, now_ms) if until else 0,
        statuses=[FailureStatus.Value(f"FAILURE_STATUS_{each.upper()}") for each in status or ()],
        limit=limit,
    )
    answer = asyncio.run(listing.found(address_of("recovery", recovery), asked))
    if contract and not answer.failures:
        from assay.cli.published import contract_of

        asyncio.run(contract_of(contract, address_of("registry", registry)))  # a name that nobody knows is told
    if as_json:
        typer.echo(line(facts(answer)))
    else:
        listing.show(answer, Console(highlight=False), now_ms)


def show(
    what: Annotated[
        str,
        typer.Argument(metavar="FAILURE|PLACE", help="Fingerprint of a failure or its beginning; or the place of a dead letter."),
    ],
    keys: o.Keys = None,
    recovery: o.Recovery = None,
    registry: o.Registry = None,
    as_json: o.AsJson = False,
) -> None:  # fmt: skip
    """Show one failure, or one dead letter, topic/partition/offset, with all that happened to it.

    A sealed dead letter stays sealed unless --keys names the file of its key; it is opened here, nowhere else.
    """
    from rich.console import Console

    from assay.cli.letters.facts import as_json as line
    from assay.cli.letters.facts import facts
    from assay.cli.where import address_of

    address, console, now_ms = address_of("recovery", recovery), Console(highlight=False), time.time_ns() // 1_000_000
    if "/" in what:
        from assay.cli.letters.letter_page import letter_at, letter_facts, show_letter
        from assay.cli.letters.opening import record_of
        from assay.cli.letters.payload import read_by_contract

        letter = asyncio.run(letter_at(address, what))
        opened = record_of(letter, keys)
        if as_json:
            typer.echo(line(letter_facts(letter, opened)))
        else:
            read = asyncio.run(read_by_contract(letter, opened, address_of("registry", registry))) if opened else None
            show_letter(letter, opened, console, now_ms, read)
        return
    from assay.cli.letters.failure_page import failure_of, show_failure

    failure = asyncio.run(failure_of(address, what))
    if as_json:
        typer.echo(line(facts(failure)))
    else:
        show_failure(failure, console, now_ms)


def tail(
    contract: o.Contract = "",
    failure: o.Failure = "",
    reason: o.Reason = "",
    path: o.Path_ = "",
    rule: o.Rule = "",
    producer: o.Producer = "",
    version: o.Version = "",
    recovery: o.Recovery = None,
    as_json: o.EachAsJson = False,
) -> None:
    """Follow dead letters as they come, a line for each, until Ctrl-C. Values are not shown."""
    from rich.console import Console

    from assay.cli.letters.selecting import Filters
    from assay.cli.letters.tailing import follow
    from assay.cli.where import address_of

    filters = Filters(contract, failure, reason, path, rule, producer, version)
    asyncio.run(follow(address_of("recovery", recovery), filters, Console(highlight=False), as_json=as_json))


def open_(
    place: o.Place,
    keys: o.Keys = None,
    broker: Annotated[str | None, typer.Option(help="Kafka broker, HOST:PORT; else the one of `assay up`.")] = None,
) -> None:
    """Write the bytes of one dead letter to stdout, exactly as the producer sent them."""
    from assay.cli.letters.opening import opened
    from assay.cli.where import broker_of, keys_of

    letter = asyncio.run(opened(broker_of(broker), place, keys_of(keys)))
    typer.echo(letter.value or b"", nl=False)
