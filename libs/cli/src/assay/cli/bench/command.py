"""`assay bench`: what validation costs beside others that do the job, the registry, recovery, alerts and drift beside the bare."""

from __future__ import annotations

import json
from typing import Annotated

import typer

__all__ = ["app"]

app = typer.Typer(help="Measure side by side with peers, as ratios; from a clone of Assay.", no_args_is_help=True)


@app.callback()
def bench() -> None:
    """Measure side by side with peers, as ratios; from a clone of Assay."""


@app.command()
def validate(
    as_json: Annotated[
        bool, typer.Option("--json", help="End with one JSON object on stdout; everything else goes to stderr.")
    ] = False,
    records: Annotated[
        int, typer.Option(min=1_000, help="Records of each size that a fast contender reads in a round.")
    ] = 60_000,
    rounds: Annotated[int, typer.Option(min=1, help="Rounds; a figure is the median over them.")] = 2,
    growth: Annotated[
        bool, typer.Option("--growth", help="Instead: the cost of a record by fields, rules, depth and invalid ones.")
    ] = False,
) -> None:
    """Validate-and-route, exactly once, on a real Kafka: Assay, the bare client, Faust, Quix Streams and Bytewax.

    Records of 300, 1,200 and 1,800 bytes, 1 % of them invalid; all in turns over the same topics. A rate is records per
    second of the process's own CPU. Takes some minutes; needs Linux, Java 17 and, for the frameworks, uv.
    """
    from assay.cli.bench import measuring
    from assay.cli.bench.show import show

    figures = measuring.growth(records) if growth else measuring.validate(records, rounds)
    if as_json or growth:
        typer.echo(json.dumps(figures))
    else:
        show(figures)


@app.command()
def registry(
    as_json: Annotated[
        bool, typer.Option("--json", help="End with one JSON object on stdout; everything else goes to stderr.")
    ] = False,
    schemas: Annotated[int, typer.Option(min=100, help="Schemas in the store.")] = 50_000,
    requests: Annotated[int, typer.Option(min=1_000, help="Requests of a round.")] = 20_000,
    rounds: Annotated[int, typer.Option(min=1, help="Rounds; a figure is the median over them.")] = 5,
) -> None:
    """The registry: schemas by id beside a bare ASGI server, checks of schemas of 500 fields, and its start.

    Both servers answer as many bytes, in turns; a rate is requests per second of the server's CPU. Needs Linux.
    """
    from assay.cli.bench import measuring
    from assay.cli.bench.show import show_registry

    figures = measuring.registry(schemas, requests, rounds)
    if as_json:
        typer.echo(json.dumps(figures))
    else:
        show_registry(figures)


@app.command()
def recovery(
    as_json: Annotated[
        bool, typer.Option("--json", help="End with one JSON object on stdout; everything else goes to stderr.")
    ] = False,
    dead: Annotated[int, typer.Option(min=1_000, help="Dead letters that are recovered while it is killed.")] = 50_000,
    kills: Annotated[int, typer.Option(min=0, help="How often the service is killed on the way.")] = 5,
    rounds: Annotated[int, typer.Option(min=0, help="Rounds of the races; a figure is the median over them.")] = 3,
) -> None:
    """Recovery on a real Kafka: dead letters indexed, repaired and replayed while the service is killed.

    Counts what was lost or doubled, and measures the index beside a bare reader and replays beside a bare copier, in
    turns. A rate is records per second of the process's own CPU. Needs Linux and Java 17.
    """
    from assay.cli.bench import measuring
    from assay.cli.bench.show import show_recovery

    figures = measuring.recovery(dead, kills, rounds)
    if as_json:
        typer.echo(json.dumps(figures))
    else:
        show_recovery(figures)


@app.command()
def alerts(
    as_json: Annotated[
        bool, typer.Option("--json", help="End with one JSON object on stdout; everything else goes to stderr.")
    ] = False,
    contracts: Annotated[int, typer.Option(min=1, help="Contracts, with ten promises each.")] = 200,
    panes: Annotated[int, typer.Option(min=1_000, help="Panes that are merged in a round.")] = 100_000,
    rounds: Annotated[int, typer.Option(min=1, help="Rounds; a figure is the median over them.")] = 5,
) -> None:
    """Alerts: panes merged into minutes, beside plain upserts and beside only reading them, and no window wrong.

    Every window of every contract is held to a plain recount, number by number. A rate is panes per second of the
    process's own CPU, which is one core; all take turns over the same panes. Needs no broker.
    """
    from assay.cli.bench import measuring
    from assay.cli.bench.show import show_alerts

    figures = measuring.alerts(contracts, panes, rounds)
    if as_json:
        typer.echo(json.dumps(figures))
    else:
        show_alerts(figures)


@app.command()
def drift(
    as_json: Annotated[
        bool, typer.Option("--json", help="End with one JSON object on stdout; everything else goes to stderr.")
    ] = False,
    rows: Annotated[int, typer.Option(min=10_000, help="Predictions with 50 features that are counted in a round.")] = (
        400_000
    ),
    rounds: Annotated[int, typer.Option(min=1, help="Rounds; a figure is the median over them.")] = 3,
) -> None:
    """Drift on a real Kafka: a model's logs counted, beside bare numpy binning and River one value at a time.

    Counted exactly once and joined by prediction id; the others keep nothing. A rate is feature values per second of
    the process's own CPU, which is one core; all read the same records in turns. Then a thousand reads a second beside a
    million values a second that are counted. Needs Linux, Java 17 and River.
    """
    from assay.cli.bench import measuring
    from assay.cli.bench.show import show_drift

    figures = measuring.drift(rows, rounds)
    if as_json:
        typer.echo(json.dumps(figures))
    else:
        show_drift(figures)
