"""`assay experiment check`: compare the variants of an experiment, however often one looks."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, NoReturn

import typer

__all__ = ["app"]

UNUSABLE = 2

app = typer.Typer(help="Compare the variants of an experiment.", no_args_is_help=True)


@app.callback()
def group() -> None:
    """Compare the variants of an experiment."""


@app.command("check")
def check(
    users: Annotated[
        Path,
        typer.Option(help="File of users or of their events: .csv, .csv.gz, .parquet.", exists=True, dir_okay=False),
    ],
    variant: Annotated[str, typer.Option(metavar="COLUMN", help="Which variant a row is of.")],
    numerator: Annotated[
        str, typer.Option(metavar="COLUMN", help="What is counted: clicks, conversions, revenue; 0 for none.")
    ],
    denominator: Annotated[
        str | None, typer.Option(metavar="COLUMN", help="What it is counted of: impressions, sessions; else users.")
    ] = None,
    user: Annotated[
        str | None, typer.Option(metavar="COLUMN", help="Whose a row is; else each row is a user of its own.")
    ] = None,
    control: Annotated[
        str | None, typer.Option(help="The variant to compare with; else the first of --expected or of the alphabet.")
    ] = None,
    expected: Annotated[
        str | None, typer.Option(metavar="a=0.5,b=0.5", help="Shares in which users are assigned; else even ones.")
    ] = None,
    planned: Annotated[
        int | None, typer.Option(min=1, help="Users of all variants that were planned before the first one came.")
    ] = None,
    alpha: Annotated[float, typer.Option(help="How often a difference may be found where there is none.")] = 0.05,
    least_users: Annotated[int, typer.Option(min=2, help="Users of each variant before anything is said.")] = 500,
    before: Annotated[
        Path | None,
        typer.Option(help="What --json said at the look before: what was decided stays.", exists=True, dir_okay=False),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout instead of a table.")] = False,
) -> None:
    """Compare each variant with the control, by intervals that hold at every look at once.

    First it says whether users came to the variants in the expected shares: if not, no difference is to be believed.

    Exit code 0 whatever is found, 2 where the file can't be used.
    """
    from rich.console import Console

    from assay.cli.experiment import words
    from assay.cli.experiment.reading import Columns, UnusableError, past_of, registered, users_of
    from assay.monitoring.experiments import look_at

    columns = Columns(variant, numerator, denominator, user)
    try:
        found = users_of(users, columns)
        experiment = registered(found, expected, control, alpha, planned, least_users)
        look = look_at(experiment, found.sums, past_of(before))
    except UnusableError as error:
        _stop(str(error))
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    if as_json:
        typer.echo(words.as_json(look, experiment, columns, found))
    else:
        words.show(look, experiment, columns, found, Console())


def _stop(why: str) -> NoReturn:
    from assay.cli.plain import plain

    typer.echo(f"assay: {plain(why).plain}", err=True)
    raise typer.Exit(UNUSABLE)
