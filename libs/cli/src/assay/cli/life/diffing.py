"""`assay contract diff`: what changed between two versions of a contract."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from assay.cli.life.options import AsJson

__all__ = ["diff"]


def diff(
    before: Annotated[str, typer.Argument(metavar="BEFORE", help="Contract file, or REV:path of git.")],
    after: Annotated[str, typer.Argument(metavar="AFTER", help="Contract file, or REV:path of git.")],
    as_json: AsJson = False,
) -> None:
    """Say what changed, the gravest first: its class, who must approve it, and the record that breaks.

    Classes: breaking-wire, breaking-meaning (raise the major number), promise-weakened, producer-tightening (the minor
    one), review, harmless (any). Exit code 0 whatever changed; `check` is for CI.
    """
    from assay.cli.life.before import text_of
    from assay.cli.life.spoken import change_facts, change_lines
    from assay.contracts import diff as differ
    from assay.contracts import load

    was, now = (load(*text_of(source)) for source in (before, after))
    changes = differ.diff(was, now)
    bump, raised = differ.asked(changes, is_same_text=was.text == now.text), differ.raised(was.version, now.version)
    if as_json:
        facts = {
            "contract": now.id,
            "before": was.version,
            "after": now.version,
            "bump": bump.name.lower(),
            "raised": "lowered" if raised is None else raised.name.lower(),
            "changes": [change_facts(each) for each in changes],
        }
        typer.echo(json.dumps(facts, default=str))
        return
    count = f"{len(changes)} change{'' if len(changes) == 1 else 's'}"
    typer.echo(f"contract {now.id} {was.version} → {now.version}: {count}, raise: {bump.name.lower()}")
    for line in change_lines(changes):
        typer.echo(line)
