"""The options that the commands on dead letters share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = [
    "AsJson",
    "At",
    "Contract",
    "Detach",
    "EachAsJson",
    "Failure",
    "Force",
    "Keys",
    "Path_",
    "Place",
    "Producer",
    "Rate",
    "Reason",
    "Recovery",
    "Registry",
    "Rule",
    "Run",
    "Since",
    "Until",
    "Version",
    "Why",
    "Yes",
]

_FILTERS = "Which dead letters"

Contract = Annotated[
    str, typer.Argument(metavar="CONTRACT", help="Contract id; --failure and --at know theirs.", show_default=False)
]
Failure = Annotated[
    str,
    typer.Option(
        help="Fingerprint of a failure, or its beginning.", rich_help_panel=_FILTERS, metavar="FINGERPRINT",
        show_default=False,
    ),
]  # fmt: skip
Reason = Annotated[str, typer.Option(help="Reason, like schema or rule.", rich_help_panel=_FILTERS, show_default=False)]
Path_ = Annotated[
    str,
    typer.Option(
        "--path", help="JSON Pointer of what is broken, and all below it; * for the places of an array.",
        rich_help_panel=_FILTERS, metavar="POINTER", show_default=False,
    ),
]  # fmt: skip
Rule = Annotated[
    str,
    typer.Option(help="Rule that is broken, like required or the id of one.", rich_help_panel=_FILTERS, show_default=False),
]  # fmt: skip
Producer = Annotated[
    str, typer.Option(help="App that sent them, by its own word.", rich_help_panel=_FILTERS, show_default=False)
]
Version = Annotated[
    str, typer.Option(help="Version of the contract that judged.", rich_help_panel=_FILTERS, show_default=False)
]
Since = Annotated[
    str,
    typer.Option(
        help="Arrived so long ago at most (90m, 24h, 7d), or at this time (2026-11-26T08:00:00Z) or after.",
        rich_help_panel=_FILTERS, metavar="SPAN|TIME", show_default=False,
    ),
]  # fmt: skip
Until = Annotated[
    str,
    typer.Option(
        help="Arrived before that; written in the same way.", rich_help_panel=_FILTERS, metavar="SPAN|TIME",
        show_default=False,
    ),
]  # fmt: skip
At = Annotated[
    list[str] | None,
    typer.Option(
        help="A single dead letter, topic/partition/offset; as often as needed.", rich_help_panel=_FILTERS,
        metavar="PLACE",
    ),
]  # fmt: skip
Place = Annotated[str, typer.Argument(metavar="PLACE", help="topic/partition/offset of the dead letter.")]
Run = Annotated[str, typer.Argument(metavar="RUN", help="Id of the run, or its beginning.")]
Why = Annotated[str | None, typer.Option(metavar="TEXT", help="Why, for the audit; asked for on a terminal.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask before many dead letters are settled.")]
Force = Annotated[
    bool, typer.Option("--force", help="Also with a flow that passed no dry run, or what the contract would refuse.")
]
Rate = Annotated[float, typer.Option(help="Dead letters in a second at most; 0 for no limit.", min=0)]
Detach = Annotated[bool, typer.Option("--detach", help="Start it and do not wait for its end.")]
Keys = Annotated[Path | None, typer.Option(help="Key file that a sealed one opens with.", metavar="FILE")]
Recovery = Annotated[str | None, typer.Option(help="Recovery service, HOST:PORT; else the one of `assay up`.")]
Registry = Annotated[str | None, typer.Option(help="Registry, HOST:PORT; else the one of `assay up`.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object on stdout instead of text.")]
EachAsJson = Annotated[bool, typer.Option("--json", help="JSON on stdout instead of text, one object a line.")]
