"""A window judged: what its totals say of each feature, of labels, of skew and of experiments. Pure."""

from __future__ import annotations

from typing import NamedTuple

from assay.api.drift.v1.window_pb2 import Window
from assay.drift.judging.totals import Totals
from assay.drift.models import WatchedModel
from assay.drift.references import Reference

__all__ = ["Stretch", "judge"]


class Stretch(NamedTuple):
    """A window of event time, [start, end), and its place among those of its series that were judged, from 0."""

    start_ms: int
    end_ms: int
    number: int


def judge(
    model: WatchedModel, reference: Reference | None, stretch: Stretch, totals: Totals, state: bytes
) -> tuple[Window, bytes]:
    """Return what a window says, and the state after it; windows of a series are judged in their order.

    The message lacks what this does not know: version, segment, revision, and when it was judged. Sections of which the
    totals have nothing are absent.

    Args:
        model: it says how it is watched.
        reference: what the version is held to; None for nothing.
        stretch: the window.
        totals: what its predictions came to.
        state: as it was returned for the window before; empty before the first.
    """
    raise NotImplementedError
