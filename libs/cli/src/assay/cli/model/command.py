"""`assay model`: contracts of what a model predicts, from what, and what comes of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

__all__ = ["app"]

app = typer.Typer(help="Contracts for the logs of a model.", no_args_is_help=True)


@app.callback()
def model() -> None:
    """Contracts for the logs of a model."""  # a group stays one with a single command in it


@app.command("init")
def init(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="The model; its contracts are NAME.predictions and so on.")
    ],
    feature: Annotated[
        list[str] | None,
        typer.Option(
            help="NAME:TYPE or NAME:TYPE:CLASSIFICATION, number, integer, boolean or string; in the model's order.",
            metavar="FEATURE",
        ),
    ] = None,
    table: Annotated[
        Path | None,
        typer.Option(help="Columns of a table instead: CSV, Parquet or NDJSON, .gz too.", exists=True, dir_okay=False),
    ] = None,
    ignore: Annotated[
        list[str] | None, typer.Option(help="A column that is no feature, like the id, the time or the truth.")
    ] = None,
    kind: Annotated[str, typer.Option(help="binary, multiclass, regression or ranking.")] = "binary",
    classes: Annotated[
        list[str] | None, typer.Option("--class", help="A class that may be predicted; in the model's order.")
    ] = None,
    layout: Annotated[
        str,
        typer.Option(help="columns: predictions and features in batches, the cheapest; rows: a record for each."),
    ] = "columns",
    model_version: Annotated[list[str] | None, typer.Option(help="A version that may predict; any without it.")] = None,
    partitions: Annotated[int, typer.Option(help="Of every topic of the model.", min=1, max=1000)] = 3,
    horizon: Annotated[int, typer.Option(help="Days that truth may take to come.", min=1, max=3650)] = 30,
    window: Annotated[
        str,
        typer.Option(help="How long a window is in which the model is judged, like PT1H or P1D.", metavar="DURATION"),
    ] = "",
    hop: Annotated[
        str, typer.Option(help="How often a window begins; when the last one ends without it.", metavar="DURATION")
    ] = "",
    scale: Annotated[
        list[str] | None,
        typer.Option(
            help="A longer window that features are judged in as well, like P1D; twice at most.", metavar="DURATION"
        ),
    ] = None,
    reference_rows: Annotated[
        int,
        typer.Option(
            help="First rows of a version that it is held to where no reference is set.", min=0, max=10_000_000
        ),
    ] = 0,
    owner: Annotated[str, typer.Option(help="The team that answers for the model.")] = "",
    contact: Annotated[str, typer.Option(help="Where to tell it, like a channel or an address.")] = "",
    consumer: Annotated[
        list[str] | None, typer.Option(help="Who reads the logs, ID=CONTACT.", metavar="ID=CONTACT")
    ] = None,
    version: Annotated[str, typer.Option(help="Version of the contracts.")] = "1.0.0",
    output: Annotated[Path, typer.Option(help="Folder to write to.", file_okay=False)] = Path("contracts"),
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Also files that are there and say otherwise.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout instead of lines.")] = False,
) -> None:
    """Write the contracts of a model: predictions with their features, actions, outcomes, labels, skew samples.

    All of them lint, and have the same key and as many partitions, so that what belongs to one prediction is joined
    without moving it. Read them, then publish them: `assay contract apply`.
    """
    from assay.cli.model.drafting import Asked, drafted, kept

    asked = Asked(
        name=name, features=tuple(feature or ()), table=table, ignored=tuple(ignore or ()), kind=kind,
        classes=tuple(classes or ()), layout=layout, versions=tuple(model_version or ()), partitions=partitions,
        horizon_days=horizon, owner=owner, contact=contact, consumers=tuple(consumer or ()), version=version,
        window=window, hop=hop, reference_rows=reference_rows, scales=tuple(scale or ()),
    )  # fmt: skip
    made = drafted(asked)
    files = kept(made.texts, output, overwrite=overwrite)
    if as_json:
        typer.echo(json.dumps({"files": files, "schema_id": made.schema_id, "left_out": made.left_out}))
        return
    for line in made.left_out:
        typer.echo(f"left out: {line}", err=True)
    for file in files:
        typer.echo(file)
