"""When an alarm fires, when it is over, and which one tells for another. Pure."""

from __future__ import annotations

from dataclasses import replace

from assay.recovery.alarms.alarm import Move
from assay.recovery.alarms.failing import failure_moves
from assay.recovery.alarms.refusing import cover_ends, errors_end, producer_moves
from assay.recovery.alarms.sight import Sight

__all__ = ["decide"]


def decide(sight: Sight) -> list[Move]:
    """Return what moves at this moment: alarms that fire, are over, or have something to remember.

    Producers come first, so that their failures are told with them; then failures, then what told for them.
    """
    producers = list(producer_moves(sight))
    firing = {move.alarm.name: move.alarm for move in producers}
    now = replace(sight, held={**sight.held, **firing})
    failures = list(failure_moves(now))
    after = replace(now, held={**now.held, **{move.alarm.name: move.alarm for move in failures}})
    return [*producers, *failures, *cover_ends(after), *errors_end(sight)]
