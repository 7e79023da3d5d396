"""Alarms about producers of which all is refused. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from assay.recovery.alarms import saying
from assay.recovery.alarms.alarm import Alarm, Kind, Move, failure_name, fired, producer_name
from assay.recovery.alarms.sight import Counted, Sight
from assay.recovery.store import Failure

__all__ = ["cover_ends", "errors_end", "producer_moves"]


def producer_moves(sight: Sight) -> Iterator[Move]:
    """Every producer of which all is refused lately."""
    for producer, counted in sight.by_producer(sight.bounds.producer_s).items():
        name = producer_name(sight.contract.id, producer)
        alarm = sight.held.get(name)
        if not producer or (alarm is not None and alarm.is_firing) or not _is_all_invalid(producer, counted, sight):
            continue
        fresh = Alarm(name, Kind.PRODUCER, sight.contract.id, producer)
        failures = [each for each in sight.new_failures(producer) if not _is_told(each, sight)]
        told = saying.producer_begins(producer, counted, failures, sight)
        yield Move(fired(alarm, fresh, counted.since_ms, sight.now_ms), told)


def _is_all_invalid(producer: str, counted: Counted, sight: Sight) -> bool:
    """Whether all is refused, some of it for what nobody knows, and people were not told of that failure by itself.

    One that was told before the producer's last valid record is another matter.
    """
    if counted.valid or counted.refused < sight.bounds.producer_records:
        return False
    failures, valid_ms = sight.new_failures(producer), sight.last_valid_ms(producer)
    alarms = (sight.held.get(failure_name(each.fingerprint)) for each in failures)
    is_told = any(each.is_firing and each.told_ms >= valid_ms for each in alarms if each)
    return bool(failures) and not is_told


def _is_told(failure: Failure, sight: Sight) -> bool:
    alarm = sight.held.get(failure_name(failure.fingerprint))
    return alarm is not None and alarm.is_firing


def cover_ends(sight: Sight) -> Iterator[Move]:
    """Alarms that told for others are over once those are, and their own cause is gone."""
    covering = {each.under for each in sight.held.values() if each.is_firing and each.under}
    for alarm in sight.held.values():
        if not alarm.is_firing or alarm.name in covering:
            continue
        over = replace(alarm, is_firing=False, over_ms=sight.now_ms)
        if alarm.kind is Kind.MANY:
            yield Move(over, saying.many_end(sight))
        elif alarm.kind is Kind.PRODUCER and _is_calm(alarm, sight):
            counted = sight.counted(alarm.producer, sight.bounds.producer_s)
            yield Move(over, saying.producer_ends(alarm, counted, sight))


def _is_calm(alarm: Alarm, sight: Sight) -> bool:
    """Whether a producer sends valid records again, or has sent nothing for long."""
    lately = sight.counted(alarm.producer, sight.bounds.producer_s)
    return lately.valid > 0 or sight.counted(alarm.producer, sight.bounds.quiet_s).records == 0


def errors_end(sight: Sight) -> Iterator[Move]:
    """Alarms on error rates that a recovery of before fired are over: alerts measures those by itself."""
    for alarm in sight.held.values():
        if alarm.kind is Kind.ERRORS and alarm.is_firing:
            yield Move(replace(alarm, is_firing=False, over_ms=sight.now_ms, calm_ms=0), saying.errors_end())
