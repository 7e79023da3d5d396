"""`assay dead-letters`: see what failed, try a repair, and settle it."""

from __future__ import annotations

import typer

from assay.cli.letters.mending import edit, propose, resubmit
from assay.cli.letters.recovering import discard, recover, replay
from assay.cli.letters.seeing import list_, open_, show, tail
from assay.cli.letters.steering import audit, cancel, follow, mark, pause, resume, runs

__all__ = ["app"]

app = typer.Typer(help="See what failed, repair and replay it, and see what became of it.", no_args_is_help=True)

# In the order in which a person needs them, as the help lists them.
app.command("list")(list_)
app.command("show")(show)
app.command("tail")(tail)
app.command("open")(open_)
app.command("propose")(propose)
app.command("recover")(recover)
app.command("replay")(replay)
app.command("edit")(edit)
app.command("resubmit")(resubmit)
app.command("discard")(discard)
app.command("mark")(mark)
app.command("runs")(runs)
app.command("follow")(follow)
app.command("pause")(pause)
app.command("resume")(resume)
app.command("cancel")(cancel)
app.command("audit")(audit)
