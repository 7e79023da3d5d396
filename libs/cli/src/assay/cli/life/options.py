"""The options that the commands on a contract's life share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["Against", "AsJson", "Paths", "Registry", "Reviews", "Verified"]

Paths = Annotated[
    list[Path], typer.Argument(help="Contract files (*.odcs.yaml), or folders of them.", exists=True, metavar="PATH…")
]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object on stdout instead of lines.")]
Registry = Annotated[str | None, typer.Option(help="Registry, HOST:PORT; else the one of `assay up`.")]
Against = Annotated[
    str,
    typer.Option(
        help="What to hold the files against: the registry, or a revision of git.", metavar="registry|git:REV"
    ),
]
Reviews = Annotated[
    Path | None,
    typer.Option(
        help="Reviews of the pull request, as GitHub tells of them in JSON; they verify approvals.",
        exists=True, dir_okay=False,
    ),
]  # fmt: skip
Verified = Annotated[
    bool, typer.Option("--verified", help="Refuse approvals that neither a review nor a signed commit proves.")
]
