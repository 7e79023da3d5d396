"""`assay drift`: profile a reference, hold the windows of a file to it, and ask a running service of models."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Literal, NoReturn

import typer

from assay.cli.drift.live import command as live

__all__ = ["app"]

UNUSABLE = 2

app = typer.Typer(help="Find what a model reads or says moving away from its reference.", no_args_is_help=True)

Time = Annotated[str | None, typer.Option(metavar="COLUMN", help="Event time: rows are taken in its order.")]
Ignore = Annotated[
    list[str] | None, typer.Option(metavar="COLUMN", help="Columns that are no features; repeat it, or use commas.")
]
Shuffled = Annotated[
    bool, typer.Option("--shuffled", help="The reference's rows are in no order: how windows differ is learnt instead.")
]
NoSeasons = Annotated[
    bool, typer.Option("--no-seasons", help="Hold no column to its hours of the week, though --time tells them.")
]


@app.callback()
def group() -> None:
    """Find what a model reads or says moving away from its reference."""


@app.command("profile")
def profile(
    reference: Annotated[Path, typer.Argument(metavar="FILE", help="Reference rows: CSV, CSV.gz or Parquet.")],
    output: Annotated[Path | None, typer.Option(metavar="FILE", help="Where it goes; else stdout.")] = None,
    time: Time = None,
    ignore: Ignore = None,
    shuffled: Shuffled = False,
    no_seasons: NoSeasons = False,
    window_rows: Annotated[
        int,
        typer.Option(
            metavar="N", help="Windows that show how pairs of columns vary, of so many rows, or lists; else even ones."
        ),
    ] = 0,
    window_minutes: Annotated[
        float, typer.Option(metavar="M", help="Or of so many minutes, with --time: as long as those of the contract.")
    ] = 0,
    contract: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE",
            help="A contract of the model: it names features, kind, classes and cutoff.",
            exists=True,
            dir_okay=False,
        ),
    ] = None,
    prediction: Annotated[
        str, typer.Option(metavar="COLUMN", help="What the model said: profiled beside the features.")
    ] = "",
    score: Annotated[
        str,
        typer.Option(
            metavar="COLUMN",
            help="Its probability; with several classes, of COLUMN_CLASS each; with --rank, an item's score.",
        ),
    ] = "",
    label: Annotated[
        str, typer.Option(metavar="COLUMN", help="What became true, with --prediction: how well the model does.")
    ] = "",
    kind: Annotated[
        Literal["binary", "multiclass", "regression", "ranking"],
        typer.Option(help="Kind of model, where no contract says it."),
    ] = "binary",
    positive: Annotated[str, typer.Option(metavar="VALUE", help="The class that a binary score speaks of.")] = "1",
    listed_by: Annotated[
        str, typer.Option("--list", metavar="COLUMN", help="Of a ranking: the list that a row is an item of.")
    ] = "",
    is_place: Annotated[
        bool, typer.Option("--rank", help="Of a ranking: --prediction is a place, 1 the best, and no score.")
    ] = False,
    cutoff: Annotated[
        int,
        typer.Option(min=1, max=100, help="Of a ranking: places that are looked at, where no contract says it."),
    ] = 10,
) -> None:
    """Write the reference profile of a file: bins, counts, and how much its windows differ. It holds no rows.

    With --label it also says how well the model does, so that what it does later can be held to that. How columns go together,
    two by two, stands in it too: tell it how long the windows will be in which that is watched.

    Of a ranking a row is an item of a list, as `assay performance check` has it. Its features are those of the request, profiled
    once a list: columns that differ within a list are none, and --ignore leaves them out.
    """
    from assay.cli.drift.asking import Asked
    from assay.cli.drift.labelled import Said, reference_text, said_in
    from assay.cli.errors import CommandError

    if label and not prediction:
        raise typer.BadParameter("--label needs --prediction: what was true is held against what was said")
    if window_rows or window_minutes:
        _one_size(window_rows, window_minutes)
    try:
        asked = Asked(time, _names(ignore), shuffled, window_rows, window_minutes, seasons=not no_seasons)
        said = Said(label, prediction, score, kind, positive, (), listed_by, is_place, cutoff)
        text = reference_text(reference, *said_in(contract or [], asked, said))
        if output is None:
            typer.echo(text)
        else:
            output.write_text(text + "\n", encoding="utf-8")
    except (CommandError, OSError) as error:
        _stop(error)


@app.command("check")
def check(
    reference: Annotated[Path, typer.Option(metavar="FILE", help="Reference rows, or a profile (.json).")],
    current: Annotated[Path, typer.Option(metavar="FILE", help="Rows to judge: CSV, CSV.gz or Parquet.")],
    window_rows: Annotated[int, typer.Option(metavar="N", help="Rows of a window.")] = 0,
    window_minutes: Annotated[float, typer.Option(metavar="M", help="Or minutes of event time, with --time.")] = 0,
    time: Time = None,
    ignore: Ignore = None,
    shuffled: Shuffled = False,
    no_seasons: NoSeasons = False,
    budget: Annotated[float, typer.Option(help="False raises that the model may have in a month.")] = 1.0,
    scales: Annotated[
        str | None,
        typer.Option(
            metavar="K,...", help="Longer windows to judge as well, in multiples of the window: 4,20. Two at most."
        ),
    ] = None,
    windows_a_month: Annotated[
        float, typer.Option(min=0, help="Windows that a month has; else as --time tells, else one a minute.")
    ] = 0,
    floor: Annotated[
        float, typer.Option(min=0, help="Effect below which nothing is raised: PSI less its bias.")
    ] = 0.01,
    pictures: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="SVGs of each column that fires: its window, and its trend.")
    ] = None,
    fail_on: Annotated[Literal["firing"] | None, typer.Option(help="Exit with 1 where a column fires.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a window and column on stdout.")] = False,
) -> None:
    """Hold a file to a reference, window by window.

    Exit code 0, also when a column fires, unless --fail-on firing makes it 1; 2 where a file can't be used.
    """
    from assay.cli.drift.album import Album
    from assay.cli.drift.asking import Asked, judged
    from assay.cli.drift.words import as_line, in_words
    from assay.cli.errors import CommandError
    from assay.monitoring.verdicts import State, Verdict

    _one_size(window_rows, window_minutes)
    if not budget > 0:
        raise typer.BadParameter("--budget takes a number above 0: false raises a month")
    names, seasons = _names(ignore), not no_seasons
    asked = Asked(
        time,
        names,
        shuffled,
        window_rows,
        window_minutes,
        budget,
        windows_a_month,
        floor,
        seasons,
        scales=_scales(scales),
    )
    album, found = Album(), list[Verdict]()
    try:
        for window in judged(reference, current, asked):
            told = list(window.verdicts())
            album.take(window, told)
            found += told
        if pictures is not None:
            album.save(pictures)
    except (CommandError, OSError) as error:
        _stop(error)
    sys.stdout.writelines(f"{line}\n" for line in (map(as_line, found) if as_json else in_words(found)))
    raise typer.Exit(1 if fail_on and any(each.state == State.FIRING for each in found) else 0)


@app.command("correlations")
def correlations(
    reference: Annotated[Path, typer.Option(metavar="FILE", help="Reference rows, for 20 windows or more.")],
    current: Annotated[Path, typer.Option(metavar="FILE", help="Rows to judge: CSV, CSV.gz or Parquet.")],
    window_rows: Annotated[int, typer.Option(metavar="N", help="Rows of a window, 100 or more.")] = 0,
    window_minutes: Annotated[float, typer.Option(metavar="M", help="Or minutes of event time, with --time.")] = 0,
    time: Time = None,
    ignore: Ignore = None,
    fail_on: Annotated[Literal["firing"] | None, typer.Option(help="Exit with 1 where a window fires.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a window on stdout.")] = False,
) -> None:
    """Find pairs of columns that no longer go together as they did, though each alone may look as ever.

    A window fires where a pair moved in it, each for itself: without any change about 1 % of windows may, so wait for a
    second one. Exit code 0, also when one fires, unless --fail-on firing makes it 1; 2 where a file can't be used.
    """
    from assay.cli.drift.asking import Asked
    from assay.cli.drift.correlations import paired
    from assay.cli.drift.pair_words import as_pair_line, pairs_in_words
    from assay.cli.errors import CommandError

    _one_size(window_rows, window_minutes)
    asked = Asked(time, _names(ignore), window_rows=window_rows, window_minutes=window_minutes)
    try:
        windows = list(paired(reference, current, asked))
    except (CommandError, OSError) as error:
        _stop(error)
    sys.stdout.writelines(f"{line}\n" for line in (map(as_pair_line, windows) if as_json else pairs_in_words(windows)))
    raise typer.Exit(1 if fail_on and any(each.verdict.state == "firing" for each in windows) else 0)


# In the order in which a person needs them, as the help lists them.
app.command("status")(live.status)
app.command("top")(live.top)
app.command("latest")(live.latest)
app.command("windows")(live.windows)
app.command("watch")(live.watch)
app.command("picture")(live.picture)
app.add_typer(live.reference, name="reference")


def _names(given: list[str] | None) -> frozenset[str]:
    return frozenset(name.strip() for each in given or () for name in (each, *each.split(",")))


def _scales(said: str | None) -> tuple[int, ...]:
    """Two longer windows at most, each a multiple of the one before."""
    if said is None:
        return ()
    words = [each.strip() for each in said.split(",")]
    found = [int(each) if each.isdecimal() else 0 for each in words]
    if len(found) > 2 or any(now <= before or now % before for before, now in zip([1, *found], found, strict=False)):
        raise typer.BadParameter(
            f"--scales takes one or two multiples, each of the one before, like 4,20; not {said!r}"
        )
    return tuple(found)


def _one_size(window_rows: int, window_minutes: float) -> None:
    if (window_rows > 0) == (window_minutes > 0):
        raise typer.BadParameter("say one of --window-rows N and --window-minutes M, above 0")


def _stop(why: object) -> NoReturn:
    typer.echo(f"assay: {why}", err=True)
    raise typer.Exit(UNUSABLE)
