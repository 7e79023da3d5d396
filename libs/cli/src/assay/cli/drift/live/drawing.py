"""A picture of a feature, fetched and put where it is wanted."""

from __future__ import annotations

from pathlib import Path

from assay.api.drift.v1.drift_pb2 import GetPictureRequest
from assay.cli.drift.live.calling import CALL_S, drift
from assay.cli.errors import CommandError

__all__ = ["drawn", "saved"]


async def drawn(address: str, asked: GetPictureRequest) -> str:
    """Return a picture as SVG.

    Raises:
        CallError: there is no such window or feature, nothing to draw, or no answer.
    """
    async with drift(address) as stub:
        return (await stub.GetPicture(asked, timeout=CALL_S)).svg


def saved(svg: str, file: Path) -> None:
    """Write a picture into a file.

    Raises:
        CommandError: it can't be written.
    """
    try:
        file.write_text(svg, encoding="utf-8")
    except OSError as error:
        raise CommandError(f"{file}: {error.strerror or error}") from error
