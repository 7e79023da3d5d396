"""Alarms about failures: each is told once, with its producer's alarm, or together where they are too many. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from assay.contracts import Reason
from assay.recovery.alarms import saying
from assay.recovery.alarms.alarm import Alarm, Kind, Move, failure_name, fired, many_name, producer_name
from assay.recovery.alarms.sight import Sight
from assay.recovery.status import FailureStatus
from assay.recovery.store import Failure

__all__ = ["failure_moves"]

SETTLED = (FailureStatus.RECOVERED, FailureStatus.QUARANTINED, FailureStatus.DISCARDED)
HOUR_MS = 3_600_000


def failure_moves(sight: Sight) -> Iterator[Move]:
    """Every failure that fires or is over; too many at once are told together."""
    there = {failure_name(each.fingerprint): each for each in sight.failures}
    for name, alarm in sight.held.items():
        if alarm.kind is Kind.FAILURE and alarm.is_firing and _is_over(there.get(name), alarm, sight):
            yield _failure_ends(there.get(name), alarm, sight)
    begun = [each for name, each in there.items() if _begins(each, sight.held.get(name), sight)]
    begun.sort(key=lambda each: (-each.open, each.fingerprint))
    alone = [each for each in begun if not _cover(each, sight)]
    for each in begun:
        if cover := _cover(each, sight):
            yield Move(replace(_alarm_of(each, sight), under=cover))
    room = max(0, sight.bounds.at_once - _told_lately(sight))
    for each in alone[:room]:
        yield Move(_alarm_of(each, sight), saying.failure_begins(each, sight))
    yield from _together(alone[room:], sight)


def _together(failures: list[Failure], sight: Sight) -> Iterator[Move]:
    """Too many to be told of one by one: one alarm tells for all."""
    if not failures:
        return
    name = many_name(sight.contract.id)
    alarm = sight.held.get(name)
    if alarm is None or not alarm.is_firing:
        told = fired(alarm, Alarm(name, Kind.MANY, sight.contract.id), sight.now_ms, sight.now_ms)
        yield Move(told, saying.many_begin(len(failures), sight))
    for each in failures:
        yield Move(replace(_alarm_of(each, sight), under=name))


def _begins(failure: Failure, alarm: Alarm | None, sight: Sight) -> bool:
    """Whether a failure is new to people: nothing is known to help, and it is more than one that is over."""
    is_new = failure.status is FailureStatus.NEW or _is_left(failure, sight)
    if not is_new or failure.dead_letters < sight.bounds.letters or _is_past(failure.last_seen_ms, sight):
        return False
    if alarm is None:
        return sight.now_ms - failure.first_seen_ms >= sight.bounds.settle_s * 1000
    return not alarm.is_firing and failure.dead_letters > alarm.dead_letters


def _is_left(failure: Failure, sight: Sight) -> bool:
    """Whether dead letters still come that a flow may be for, and it has replayed none of them in all that time."""
    return (
        failure.status is FailureStatus.KNOWN
        and failure.has_flow
        and not (failure.is_marked or failure.replayed)
        and failure.reason != Reason.HELD
        and sight.now_ms - failure.first_seen_ms >= sight.bounds.left_s * 1000
        and sight.now_ms - failure.last_seen_ms < sight.bounds.quiet_s * 1000
    )


def _is_over(failure: Failure | None, alarm: Alarm, sight: Sight) -> bool:
    """Whether nothing of a failure is open or kept, or somebody knows it and nothing new came for long.

    A failure with fewer dead letters than were told of is not all there yet, so nothing is said of it.
    """
    if _is_past(failure.last_seen_ms if failure else alarm.told_ms, sight):
        return True
    if failure is None:
        return False
    if failure.dead_letters < alarm.dead_letters:
        return False
    is_quiet = sight.now_ms - failure.last_seen_ms >= sight.bounds.quiet_s * 1000
    return failure.status in SETTLED or (failure.status is FailureStatus.KNOWN and (is_quiet or not failure.open))


def _is_past(last_ms: int, sight: Sight) -> bool:
    """Whether dead letters of then are no longer kept."""
    return last_ms + sight.contract.dead_letters_retention_h * HOUR_MS < sight.now_ms


def _failure_ends(failure: Failure | None, alarm: Alarm, sight: Sight) -> Move:
    count = max(failure.dead_letters if failure else 0, alarm.dead_letters)
    over = replace(alarm, is_firing=False, over_ms=sight.now_ms, dead_letters=count)
    return Move(over, None if alarm.under else saying.failure_ends(failure, alarm, sight))


def _alarm_of(failure: Failure, sight: Sight) -> Alarm:
    name = failure_name(failure.fingerprint)
    held = sight.held.get(name)
    fresh = Alarm(name, Kind.FAILURE, sight.contract.id, failure.producer, dead_letters=failure.dead_letters)
    return fired(held, fresh, failure.first_seen_ms if held is None else failure.last_seen_ms, sight.now_ms)


def _cover(failure: Failure, sight: Sight) -> str:
    """The alarm that tells for a failure: that of its producer, while it fires."""
    cover = sight.held.get(producer_name(sight.contract.id, failure.producer)) if failure.producer else None
    return cover.name if cover is not None and cover.is_firing else ""


def _told_lately(sight: Sight) -> int:
    after_ms = sight.now_ms - sight.bounds.quiet_s * 1000
    return sum(each.kind is Kind.FAILURE and not each.under and each.told_ms > after_ms for each in sight.held.values())
