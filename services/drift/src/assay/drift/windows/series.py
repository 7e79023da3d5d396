"""A series of windows: those of one version of a model, or of one segment of its predictions."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["Series"]


class Series(NamedTuple):
    """Names a series as `WindowKey` does; the segment is empty for all predictions."""

    model: str
    version: str
    segment: str = ""
