"""What the sessions were like that ended in a window. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from assay.api.drift.v1 import window_pb2 as pb
from assay.drift.judging.totals import SessionCounts

__all__ = ["told_sessions"]


def told_sessions(by_variant: Mapping[str, SessionCounts]) -> pb.Sessions | None:
    """Return what is said of the sessions of a window, all of them and by variant; None where none ended."""
    there = {variant: counts for variant, counts in sorted(by_variant.items()) if counts.ended}
    if not there:
        return None
    variants = [
        pb.VariantSessions(variant=variant, ended=each.ended, mean_length_s=_length_s(each), mean_events=_events(each))
        for variant, each in there.items()
    ]
    all_of_them = sum(there.values(), SessionCounts())
    return pb.Sessions(
        ended=all_of_them.ended,
        mean_length_s=_length_s(all_of_them),
        mean_events=_events(all_of_them),
        variants=variants,
    )


def _length_s(counts: SessionCounts) -> float:
    return counts.length_ms / (1000 * counts.ended)


def _events(counts: SessionCounts) -> float:
    return counts.events / counts.ended
