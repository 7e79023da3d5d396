"""Commands of `assay drift` that ask a running service."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Annotated, Literal

import typer

from assay.cli.drift.live import options as o

__all__ = ["latest", "picture", "reference", "status", "top", "watch", "windows"]

MOMENT = "So long ago (90m, 24h, 7d), or a time."

reference = typer.Typer(help="What models are held to.", no_args_is_help=True)


def status(model: o.AnyModel = "", drift: o.Drift = None, as_json: o.AsJson = False) -> None:
    """Show how far models are: up to when their windows are complete, how partitions stand, how much fires."""
    from rich.console import Console

    from assay.cli.drift.live.standing import show_models, standing
    from assay.cli.letters.facts import as_json as line
    from assay.cli.letters.facts import facts
    from assay.cli.where import address_of

    found = asyncio.run(standing(address_of("drift", drift), model))
    if as_json:
        models, firing = found
        typer.echo(line({"models": list(map(facts, models)), "firing": list(map(facts, firing))}))
    else:
        show_models(found, Console(highlight=False), _now_ms())


def latest(
    model: o.Model,
    version: o.Version = "",
    segment: o.Segment = "",
    feature: o.Features = None,
    drift: o.Drift = None,
    as_json: o.AsJson = False,
) -> None:
    """Show the newest complete window of a model: answers, features, labels, samples, experiments, sessions."""
    from rich.console import Console

    from assay.api.drift.v1.drift_pb2 import WindowKey
    from assay.cli.drift.live.page import latest, show_window
    from assay.cli.letters.facts import as_json as line
    from assay.cli.letters.facts import facts
    from assay.cli.where import address_of

    key = WindowKey(model=model, model_version=version, segment=segment)
    found = asyncio.run(latest(address_of("drift", drift), key, feature or []))
    if as_json:
        typer.echo(line(facts(found)))
    else:
        show_window(found, Console(highlight=False))


def windows(
    model: o.Model,
    version: o.Version = "",
    segment: o.Segment = "",
    since: Annotated[str, typer.Option(metavar="SPAN|TIME", help=f"Begin then or later. {MOMENT}")] = "",
    until: Annotated[str, typer.Option(metavar="SPAN|TIME", help=f"Begin before. {MOMENT}")] = "",
    feature: o.Features = None,
    is_open: Annotated[bool, typer.Option("--open", help="Also windows that are not complete yet.")] = False,
    limit: Annotated[int, typer.Option(help="How many at most, the newest.", min=1, max=100_000)] = 24,
    drift: o.Drift = None,
    as_json: o.AsJson = False,
) -> None:
    """List windows of a model, the newest first: predictions, labels, what fires and what is in doubt."""
    from rich.console import Console

    from assay.api.drift.v1.drift_pb2 import GetRangeRequest, WindowKey
    from assay.cli.drift.live.listing import ranged, show_windows
    from assay.cli.letters.facts import as_json as line
    from assay.cli.letters.facts import facts
    from assay.cli.letters.selecting import moment_ms
    from assay.cli.where import address_of

    now_ms = _now_ms()
    asked = GetRangeRequest(
        key=WindowKey(model=model, model_version=version, segment=segment),
        since_ms=moment_ms(since, now_ms) if since else 0,
        until_ms=moment_ms(until, now_ms) if until else 0,
        features=feature or [],
        with_open=is_open,
    )
    found = asyncio.run(ranged(address_of("drift", drift), asked, limit))
    if as_json:
        typer.echo(line({"windows": list(map(facts, found))}))
    else:
        show_windows(found, Console(highlight=False), limit)


def top(
    model: o.AnyModel = "",
    is_firing: Annotated[bool, typer.Option("--firing", help="Only what fires.")] = False,
    limit: Annotated[int, typer.Option(help="How many at most.", min=1, max=1_000)] = 20,
    fail_on: Annotated[Literal["firing"] | None, typer.Option(help="Exit with 1 where something fires.")] = None,
    drift: o.Drift = None,
    as_json: o.AsJson = False,
) -> None:
    """Show what moved most in the newest windows, the worst first."""
    from rich.console import Console

    from assay.api.drift.v1.drift_pb2 import TopRequest
    from assay.cli.drift.live.listing import show_signals, signals
    from assay.cli.drift.live.words import FIRING
    from assay.cli.letters.facts import as_json as line
    from assay.cli.letters.facts import facts
    from assay.cli.where import address_of

    asked = TopRequest(model=model, limit=limit, only_firing=is_firing)
    found = asyncio.run(signals(address_of("drift", drift), asked))
    if as_json:
        typer.echo(line({"signals": list(map(facts, found))}))
    else:
        show_signals(found, Console(highlight=False))
    raise typer.Exit(1 if fail_on and any(each.state == FIRING for each in found) else 0)


def watch(
    model: o.AnyModel = "",
    only_changes: Annotated[
        bool, typer.Option("--changes", help="Only windows in which something changed its state.")
    ] = False,
    drift: o.Drift = None,
    as_json: o.EachAsJson = False,
) -> None:
    """Follow windows as they are judged, a line for each, until Ctrl-C; the newest ones come first."""
    from rich.console import Console

    from assay.api.drift.v1.drift_pb2 import WatchRequest
    from assay.cli.drift.live.tailing import follow
    from assay.cli.where import address_of

    asked = WatchRequest(model=model, only_changes=only_changes)
    asyncio.run(follow(address_of("drift", drift), asked, Console(highlight=False), as_json=as_json))


def picture(
    model: o.Model,
    feature: Annotated[str, typer.Argument(metavar="FEATURE", help="A feature, prediction.score or prediction.label.")],
    version: o.Version = "",
    segment: o.Segment = "",
    at: Annotated[str, typer.Option(metavar="TIME", help="When the window begins; else the newest.")] = "",
    is_trend: Annotated[bool, typer.Option("--trend", help="The effect over the windows up to it.")] = False,
    output: Annotated[Path | None, typer.Option(metavar="FILE", help="Where it goes; else stdout.")] = None,
    drift: o.Drift = None,
) -> None:
    """Draw a feature of a window as SVG: reference against window, or the trend of its effect."""
    from assay.api.drift.v1.drift_pb2 import GetPictureRequest, PictureKind, WindowKey
    from assay.cli.drift.live.drawing import drawn, saved
    from assay.cli.letters.selecting import moment_ms
    from assay.cli.where import address_of

    kind = PictureKind.PICTURE_KIND_TREND if is_trend else PictureKind.PICTURE_KIND_DISTRIBUTION
    asked = GetPictureRequest(
        key=WindowKey(model=model, model_version=version, segment=segment),
        feature=feature,
        start_ms=moment_ms(at, _now_ms()) if at else 0,
        kind=kind,
    )
    svg = asyncio.run(drawn(address_of("drift", drift), asked))
    if output is None:
        typer.echo(svg, nl=False)
    else:
        saved(svg, output)


@reference.command("set")
def set_(
    model: o.Model,
    profile: Annotated[Path, typer.Argument(metavar="PROFILE", help="As `assay drift profile` writes it.")],
    version: Annotated[str, typer.Option("--version", metavar="VERSION", help="Else every version without one.")] = "",
    performance: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Labelled counts, where the profile has none.")
    ] = None,
    drift: o.Drift = None,
    as_json: o.AsJson = False,
) -> None:
    """Hold a model to a reference from now on; the same again changes nothing."""
    from assay.api.drift.v1.drift_pb2 import SetReferenceRequest
    from assay.cli.drift.live.references import keep, read
    from assay.cli.letters.facts import as_json as line
    from assay.cli.where import address_of

    counts = read(performance) if performance else b""
    asked = SetReferenceRequest(model=model, model_version=version, profile=read(profile), performance=counts)
    id_ = asyncio.run(keep(address_of("drift", drift), asked))
    typer.echo(line({"reference": id_}) if as_json else f"{model} {version}".strip() + f" is held to {id_}")


@reference.command("list")
def list_(model: o.AnyModel = "", drift: o.Drift = None, as_json: o.AsJson = False) -> None:
    """List the references in force."""
    from rich.console import Console

    from assay.cli.drift.live.references import kept, show_references
    from assay.cli.letters.facts import as_json as line
    from assay.cli.letters.facts import facts
    from assay.cli.where import address_of

    found = asyncio.run(kept(address_of("drift", drift), model))
    if as_json:
        typer.echo(line({"references": list(map(facts, found))}))
    else:
        show_references(found, Console(highlight=False))


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
