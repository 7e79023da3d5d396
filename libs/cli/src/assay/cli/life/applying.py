"""`assay contract plan` and `assay contract apply`: the calls that make contract files count, shown and made."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from assay.cli.life.options import AsJson, Paths, Registry

if TYPE_CHECKING:
    from pathlib import Path

    from assay.cli.applied import Applied
    from assay.cli.life.plan import Plan

__all__ = ["apply", "plan"]

Broker = Annotated[str | None, typer.Option(help="Kafka broker, HOST:PORT; else the one of `assay up`.")]
Server = Annotated[
    str | None,
    typer.Option(
        help="Apply to this server of the contracts: its host is the broker, its assay.registry the registry."
    ),
]
Prune = Annotated[
    bool, typer.Option("--prune", help="Also retire contracts of the same owners that are not among the files.")
]
Emergency = Annotated[
    str | None,
    typer.Option(help="Apply what check refuses, for this reason; it is written down beside the approvals.", metavar="REASON"),
]  # fmt: skip


def plan(
    paths: Paths,
    server: Server = None,
    registry: Registry = None,
    broker: Broker = None,
    prune: Prune = False,
    as_json: AsJson = False,
) -> None:
    """Show the calls that `apply` would make, in order, and make none.

    Exit code 1 where apply would refuse.
    """
    from assay.cli.contracts import loaded
    from assay.cli.life.plan import planned
    from assay.cli.life.target import target_of

    contracts = loaded(paths)
    target = target_of(contracts, server, registry, broker)
    found = asyncio.run(planned(paths, contracts, target, prune=prune))
    if as_json:
        typer.echo(json.dumps(_facts(found), default=str))
    else:
        _show(found)
    raise typer.Exit(1 if found.problems or found.topics.refused else 0)


def apply(
    paths: Paths,
    server: Server = None,
    registry: Registry = None,
    broker: Broker = None,
    prune: Prune = False,
    emergency: Emergency = None,
    reason: Annotated[str, typer.Option(help="Why, for the registry's audit.")] = "",
    as_json: AsJson = False,
) -> None:
    """Check contract files, create and alter their topics, publish them in the registry.

    The same again changes nothing. What `check` refuses is refused here, before anything is changed; so is a file with
    findings, and a topic that would need another number of partitions.
    """
    from assay.cli.contracts import loaded
    from assay.cli.errors import CommandError
    from assay.cli.life.carrying import carried_out
    from assay.cli.life.plan import planned
    from assay.cli.life.target import target_of

    if emergency is not None and not emergency.strip():
        raise typer.BadParameter("--emergency needs a reason")
    contracts = loaded(paths)
    target = target_of(contracts, server, registry, broker)
    found = asyncio.run(planned(paths, contracts, target, prune=prune))
    against = (*found.topics.refused, *(found.problems if emergency is None else ()))
    if against:
        raise CommandError("\n".join([*against, "nothing was changed; `assay contract plan` shows all of it"]))
    written = _overruled(paths[0], found, emergency) if emergency and found.problems else []
    done = asyncio.run(carried_out(found, contracts, emergency or reason))
    if as_json:
        typer.echo(json.dumps({**_facts(found), "contracts": [each.facts() for each in done]}, default=str))
        return
    _say(found, done, written)


def _overruled(path: Path, found: Plan, reason: str) -> list[Path]:
    from assay.cli.caller import caller
    from assay.cli.life.emergency import written_down

    return written_down(path, found.checks, reason, caller().name)


def _facts(found: Plan) -> dict[str, Any]:
    from assay.cli.life.spoken import check_facts

    return {
        "server": found.target.server or None,
        "registry": found.target.registry,
        "broker": found.target.broker,
        "calls": [{"call": each.name, "target": each.target, **dict(each.facts)} for each in found.calls],
        "refused": [*found.topics.refused, *found.problems],
        "left": list(found.left),
        "checks": [check_facts(each) for each in found.checks],
    }


def _show(found: Plan) -> None:
    from assay.cli.life.spoken import check_lines

    typer.echo(f"registry {found.target.registry}, broker {found.target.broker}")
    for checked in found.checks:
        for line in check_lines(checked):
            typer.echo(line)
    for refusal in found.topics.refused:
        typer.echo(f"refused: {refusal}")
    for call in found.calls:
        typer.echo(f"call: {call.in_words()}")
    if not found.calls:
        typer.echo("no call: all is as the files say")
    for name in found.left:
        typer.echo(f"left: contract {name} has the same owner and is not among the files; --prune retires it")


def _say(found: Plan, done: list[Applied], written: list[Path]) -> None:
    for file in written:
        typer.echo(f"{file}: written, says what was overruled; commit it")
    for each in found.topics.alter:
        changed = ", ".join(f"{name} {was}→{now}" for name, was, now in each.settings)
        typer.echo(f"topic {each.topic}: altered, {changed}")
    for one in done:
        typer.echo(one.in_words())
    for name, version in found.retire:
        typer.echo(f"contract {name} {version}: retired")
