"""One window for a terminal: how the model answered, each feature with its evidence, labels, samples, experiments, sessions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from assay.api.drift.v1.drift_pb2 import GetLatestRequest, WindowKey
from assay.api.drift.v1.window_pb2 import (
    ExperimentLook,
    FeatureVerdict,
    Operations,
    PairMoved,
    PairsVerdict,
    Performance,
    Sessions,
    SkewVerdict,
    Window,
)
from assay.cli.drift.live.calling import CALL_S, drift
from assay.cli.drift.live.words import FIRING, LOUD, name, number, severity, share, span, state
from assay.cli.errors import CommandError
from assay.cli.plain import plain
from assay.cli.where import typed

__all__ = ["latest", "show_window"]


async def latest(address: str, key: WindowKey, features: Sequence[str]) -> Window:
    """Return the newest complete window of a series.

    Raises:
        CallError: the drift service does not answer.
        CommandError: there is none yet.
    """
    async with drift(address) as stub:
        found = await stub.GetLatest(GetLatestRequest(keys=[key], features=features), timeout=CALL_S)
    if not found.windows:
        raise CommandError(
            f"{name(key).plain} has no complete window yet; `{typed('drift status')}` shows how far each model is"
        )
    return found.windows[0]


def show_window(window: Window, console: Console) -> None:
    """Print all that a window says, the worst first."""
    key = WindowKey(model=window.model, model_version=window.model_version, segment=window.segment)
    head = name(key)
    head.stylize("bold")
    head.append(f"  {span(window.start_ms, window.end_ms)}, {window.rows:,} predictions", "dim")
    head.append(f", revision {window.revision}" if window.revision > 1 else "", "dim")
    console.print(head, soft_wrap=True)
    if window.HasField("operations"):
        console.print(_operations(window.operations), soft_wrap=True)
    if window.HasField("performance"):
        for line in _performance(window.performance):
            console.print(line, soft_wrap=True)
    if window.HasField("pairs_verdict"):
        console.print(_pairs_together(window.pairs_verdict), soft_wrap=True)
    tables = (_features(window.features), _skew(window.skew), _pairs(window.pairs), _experiments(window.experiments))
    for table in (*tables, _sessions(window.sessions)):
        if table.row_count:
            console.print(table)
    if not window.reference:
        console.print("no reference: nothing is held against it; `assay drift reference set` names one", style="dim")
    firing = next((each.feature for each in window.features if each.state == FIRING), "")
    if firing:
        picture = typed(f"drift picture {window.model} {firing} --output {firing}.svg")
        console.print(plain(f"Next: {picture}"), soft_wrap=True)


def _operations(found: Operations) -> Text:
    line = Text("answered  ", "dim").append(f"{found.requests_per_s:.3g} a second")
    for status, count in sorted(found.statuses.items(), key=lambda each: -each[1]):
        line.append(f", {count:,} ").append(plain(status).plain, "green" if status == "ok" else "bold red")
    for error, count in sorted(found.errors.items(), key=lambda each: -each[1])[:3]:
        line.append(f", {count:,} {plain(error).plain}", "red")
    if found.fallbacks:
        line.append(f", {found.fallbacks:,} by a fallback", "yellow")
    if found.HasField("latency_p50_ms"):
        marks = (found.latency_p50_ms, found.latency_p95_ms, found.latency_p99_ms)
        line.append(f"; latency at most {', '.join(f'{each:.3g}' for each in marks)} ms (p50, p95, p99)")
    return line


def _performance(found: Performance) -> Iterator[Text]:
    line = Text("labels    ", "dim").append_text(state(found.state))
    cause = f"{', ' if line.plain.strip() != 'labels' else ''}{found.cause} drift"
    line.append(cause if found.cause not in ("", "none") else "", "bold")
    yield line.append(f"  {found.labelled:,} of {found.predictions:,} labelled ({share(found.coverage)})")
    for figures, said in ((found.realised, "realised "), (found.estimated, "estimated")):
        if figures:
            told = ", ".join(f"{each} {value:.3g}" for each, value in sorted(figures.items()))
            yield Text(f"{said} ", "dim").append(plain(told).plain)
    if found.note:
        yield Text("          ").append(plain(found.note).plain, "dim")


def _features(found: Sequence[FeatureVerdict]) -> Table:
    table = _table("feature", "state", "how bad", "effect", "p", "found", right=("effect", "p"))
    for each in sorted(found, key=lambda each: (each.state not in LOUD, -each.state, -abs(each.effect))):
        effect = each.effect if each.HasField("effect") else None
        chance = f"{each.p:.1e}" if each.HasField("p") else ""
        table.add_row(
            plain(each.feature), state(each.state), severity(each.severity), number(effect), chance, _found(each)
        )
    return table


def _found(verdict: FeatureVerdict) -> Text:
    moved = "; ".join(f"{each.bin}: {share(each.reference)} to {share(each.window)}" for each in verdict.moved)
    parts = [part for part in (verdict.direction, moved, verdict.note) if part]
    parts += [f"{share(verdict.missing)} missing"] if verdict.missing else []
    parts += [f"{share(verdict.unseen)} unseen"] if verdict.unseen else []
    return plain(", ".join(parts))


def _skew(found: Sequence[SkewVerdict]) -> Table:
    table = _table("skew of", "state", "differ", "from", "to", "samples", right=("differ", "from", "to", "samples"))
    for each in sorted(found, key=lambda each: (each.state not in LOUD, -each.rate)):
        shares = [share(each.rate), share(each.low), share(each.high)]
        if each.method == "distribution":
            shares = ["as drift", "", ""]
        table.add_row(plain(each.feature), state(each.state), *shares, f"{each.joined:,}")
    return table


def _pairs_together(found: PairsVerdict) -> Text:
    line = Text("pairs     ", "dim").append_text(state(found.state))
    line.append(f"  {found.tested:,} held against the reference" if found.tested else "")
    return line.append(f"  {plain(found.note).plain}" if found.note else "", "dim")


def _pairs(found: Sequence[PairMoved]) -> Table:
    table = _table("pair", "state", "correlated before", "now", "p", right=("correlated before", "now", "p"))
    for each in found:
        pair = plain(f"{each.left}~{each.right}")
        table.add_row(pair, state(each.state), f"{each.before:.2f}", f"{each.now:.2f}", f"{each.p:.1e}")
    return table


def _experiments(found: Sequence[ExperimentLook]) -> Table:
    table = _table("metric", "variant", "is", "by", "users", right=("users",))
    for look in found:
        for each in look.comparisons:
            by = f"{each.difference:.3g} ({each.low:.3g} to {each.high:.3g})" if each.HasField("difference") else ""
            said = plain(f"{each.state}: {each.reason}" if each.reason else each.state)
            table.add_row(plain(look.metric), plain(each.variant), said, by, f"{each.users:,}")
    return table


def _sessions(found: Sessions) -> Table:
    headings = ("ended", "mean length", "things done in each")
    table = _table("sessions of", *headings, right=headings)
    for each in found.variants:
        length = _minutes(each.mean_length_s)
        table.add_row(plain(each.variant), f"{each.ended:,}", length, f"{each.mean_events:.1f}")
    if len(found.variants) > 1:
        length = _minutes(found.mean_length_s)
        table.add_row(Text("all", "dim"), f"{found.ended:,}", length, f"{found.mean_events:.1f}")
    return table


def _minutes(seconds: float) -> str:
    """A length in words that are short: `40 s`, `12.5 min`."""
    return f"{seconds:.3g} s" if seconds < 60 else f"{seconds / 60:.1f} min"


def _table(*headings: str, right: Sequence[str] = ()) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for place, heading in enumerate(headings):
        justify = "right" if heading in right else "left"
        table.add_column(heading, style="" if place else "cyan", overflow="fold", justify=justify)  # type: ignore[arg-type]  # one of its words
    return table
