"""How far models are, and how much of them fires."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from assay.api.drift.v1.drift_pb2 import ListModelsRequest, ModelStanding, Signal, TopRequest
from assay.cli.drift.live.calling import CALL_S, drift
from assay.cli.letters.words import ago, instant
from assay.cli.plain import plain
from assay.cli.where import typed

__all__ = ["Found", "show_models", "standing"]

MOST = 1_000
DAY_MS = 86_400_000
IN_TROUBLE = ("stuck", "dead")

_STYLES = {"moving": "green", "idle": "dim", "stuck": "bold red", "dead": "bold red"}

Found = tuple[Sequence[ModelStanding], Sequence[Signal]]


async def standing(address: str, model: str) -> Found:
    """Return how a model stands, or all of them, and what fires.

    Raises:
        CallError: the drift service does not answer.
    """
    async with drift(address) as stub:
        models = (await stub.ListModels(ListModelsRequest(), timeout=CALL_S)).models
        top = await stub.Top(TopRequest(model=model, only_firing=True, limit=MOST), timeout=CALL_S)
    return [each for each in models if model in ("", each.model)], top.signals


def show_models(found: Found, console: Console, now_ms: int) -> None:
    """Print a table of models; where there is none, what to do."""
    models, firing = found
    if not models:
        console.print(plain(f"no model is watched; write contracts of one: {typed('model init NAME')}"))
        return
    counts: dict[str, int] = {}
    for signal in firing:
        counts[signal.key.model] = counts.get(signal.key.model, 0) + 1
    console.print(_table(models, counts, now_ms))
    if firing:
        console.print(plain(f"Next: {typed(f'drift top {firing[0].key.model} --firing')}"), soft_wrap=True)


def _table(models: Sequence[ModelStanding], firing: Mapping[str, int], now_ms: int) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("model", style="cyan", overflow="fold")
    table.add_column("versions", overflow="fold")
    table.add_column("complete up to", no_wrap=True)
    table.add_column("windows", no_wrap=True, justify="right")
    table.add_column("partitions", overflow="fold")
    table.add_column("left out", overflow="fold")
    table.add_column("firing", justify="right")
    for each in models:
        count = firing.get(each.model, 0)
        table.add_row(
            plain(each.model),
            plain(", ".join(each.versions)),
            _up_to(each, now_ms),
            _span(each.window_ms),
            _partitions(each),
            _left_out(each),
            Text(f"{count:,}", "bold red" if count else "green"),
        )
    return table


def _up_to(found: ModelStanding, now_ms: int) -> str:
    """How long ago event time is complete, or the moment where that is another day's."""
    if not found.HasField("watermark_ms"):
        return "nothing yet"
    return ago(found.watermark_ms, now_ms) if now_ms - found.watermark_ms < DAY_MS else instant(found.watermark_ms)


def _span(window_ms: int) -> str:
    seconds = window_ms // 1_000
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size and seconds % size == 0:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def _partitions(found: ModelStanding) -> Text:
    line = Text()
    for standing in dict.fromkeys(each.standing for each in found.partitions):
        at = [each for each in found.partitions if each.standing == standing]
        which = f" ({', '.join(str(each.partition) for each in at)})" if standing in IN_TROUBLE else ""
        line.append(", " if line else "").append(f"{len(at)} {standing}{which}", _STYLES.get(standing, ""))
    waiting = sum(each.waiting for each in found.partitions)
    return line.append(f", {waiting:,} records wait", "yellow") if waiting else line


def _left_out(found: ModelStanding) -> str:
    parts = [f"{found.unmatched:,} unmatched"] if found.unmatched else []
    parts += [f"{found.forgotten:,} predictions too late"] if found.forgotten else []
    return ", ".join(parts)
