"""What models are held to: set, and listed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table

from assay.api.drift.v1.drift_pb2 import ListReferencesRequest, Reference, SetReferenceRequest
from assay.cli.drift.live.calling import CALL_S, drift
from assay.cli.errors import CommandError
from assay.cli.letters.words import instant
from assay.cli.plain import plain

__all__ = ["keep", "kept", "read", "show_references"]


def read(file: Path) -> bytes:
    """Return what a file holds.

    Raises:
        CommandError: it can't be read.
    """
    try:
        return file.read_bytes()
    except OSError as error:
        raise CommandError(f"{file}: {error.strerror or error}") from error


async def keep(address: str, asked: SetReferenceRequest) -> str:
    """Hold a version of a model to a reference; return its id.

    Raises:
        CallError: the drift service refuses it, or does not answer.
    """
    async with drift(address) as stub:
        return (await stub.SetReference(asked, timeout=CALL_S)).reference


async def kept(address: str, model: str) -> Sequence[Reference]:
    """Return the references in force, of a model or of all.

    Raises:
        CallError: the drift service does not answer.
    """
    async with drift(address) as stub:
        return (await stub.ListReferences(ListReferencesRequest(model=model), timeout=CALL_S)).references


def show_references(found: Sequence[Reference], console: Console) -> None:
    """Print a line for each; where there is none, what to do."""
    if not found:
        console.print("no reference yet; `assay drift profile` makes one, `assay drift reference set` keeps it")
        return
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for place, heading in enumerate(("model", "version", "rows", "features", "labels", "source", "since", "id")):
        table.add_column(heading, overflow="fold", style="" if place else "cyan")
    for each in found:
        table.add_row(
            plain(each.model),
            plain(each.model_version or "every other"),
            f"{each.rows:,}",
            f"{len(each.features):,}",
            "yes" if each.has_performance else "no",
            plain(each.source),
            instant(each.since_ms),
            plain(each.id[:12]),
        )
    console.print(table)
