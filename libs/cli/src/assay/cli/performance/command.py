"""`assay performance`: how a model did in each window of a file, against a reference."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Literal

import typer

__all__ = ["app"]

app = typer.Typer(help="How a model did: realised, estimated before labels, and why.", no_args_is_help=True)

UNUSABLE = 2
File = typer.Option(metavar="FILE", help="CSV, CSV.gz or Parquet.", exists=True, dir_okay=False)


@app.callback()
def performance() -> None:
    """How a model did: realised, estimated before labels, and why."""


@app.command()
def check(
    reference: Annotated[Path, File],
    current: Annotated[Path, File],
    label: Annotated[str, typer.Option(metavar="COLUMN", help="What became true; an empty cell has no label yet.")],
    prediction: Annotated[str, typer.Option(metavar="COLUMN", help="What the model said.")],
    window_rows: Annotated[int, typer.Option(min=1, help="Rows of a window; of a ranking, lists.")],
    score: Annotated[
        str | None,
        typer.Option(metavar="COLUMN", help="Probability of class 1; with several classes, of COLUMN_CLASS each."),
    ] = None,
    kind: Annotated[
        Literal["binary", "multiclass", "regression", "ranking"], typer.Option(help="Kind of model.")
    ] = "binary",
    positive: Annotated[str, typer.Option(metavar="VALUE", help="The class that a binary score speaks of.")] = "1",
    labels: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Labels of --current in a file of their own.", exists=True, dir_okay=False),
    ] = None,
    key: Annotated[
        str,
        typer.Option("--id", metavar="COLUMN", help="What joins --labels to --current; of a ranking with --list."),
    ] = "id",
    listed_by: Annotated[
        str, typer.Option("--list", metavar="COLUMN", help="Of a ranking: the list that a row is an item of.")
    ] = "",
    is_place: Annotated[
        bool, typer.Option("--rank", help="Of a ranking: --prediction is a place, 1 the best, and no score.")
    ] = False,
    cutoff: Annotated[int, typer.Option(min=1, max=100, help="Of a ranking: places that are looked at.")] = 10,
    least_labelled: Annotated[int, typer.Option(min=1, help="Labels below which a window says nothing.")] = 100,
    least_coverage: Annotated[float, typer.Option(min=0, max=1, help="Share of labels below which it does not.")] = 0.5,
    detector: Annotated[
        Literal["adwin", "page-hinkley"] | None,
        typer.Option(help="Also read losses one by one, and say at which rows they changed. Needs River."),
    ] = None,
    fail_on: Annotated[Literal["firing"] | None, typer.Option(help="Exit with 1 where a window fires.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a window on stdout.")] = False,
) -> None:
    """Judge each window of a file of predictions against a reference file that has labels.

    Realised figures of the rows that have a label, figures estimated from scores for all of them, and three tests: has
    the loss changed, did scores foretell it, do scores mean what they meant. Together they tell covariate drift (other
    inputs) from concept drift (the same inputs mean something else).

    Exit code 0 also where a window fires, unless --fail-on says so; 2 where a file can't be used.
    """
    from assay.cli.errors import CommandError
    from assay.cli.performance.asking import Question, windows
    from assay.cli.performance.show import as_object, show

    if (kind == "ranking") != bool(listed_by):
        raise typer.BadParameter("--kind ranking and --list belong together: a row is an item of a list")
    asked = Question(
        reference, current, labels, key, label, prediction, score, kind, positive, window_rows, detector,
        least_labelled, least_coverage, (), listed_by, is_place, cutoff,
    )  # fmt: skip
    try:
        found = list(windows(asked))
    except CommandError as error:
        typer.echo(f"assay: {error}", err=True)
        raise typer.Exit(UNUSABLE) from error
    if as_json:
        for each in found:
            typer.echo(json.dumps(as_object(each, asked), allow_nan=False))
    else:
        show(found, asked)
    raise typer.Exit(1 if fail_on and any(each.verdict.state == fail_on for each in found) else 0)
