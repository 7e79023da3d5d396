"""What alarms are decided by: a contract, its failures, and what was judged lately. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from assay.contracts import Contract
from assay.recovery.alarms.alarm import Alarm
from assay.recovery.status import FailureStatus
from assay.recovery.store import Failure, Rate

__all__ = ["Bounds", "Counted", "Sight"]

MINUTE_MS = 60_000


@dataclass(frozen=True, slots=True)
class Bounds:
    """When something is worth an alarm, and when it is over.

    A failure is told of once it has `letters` dead letters and `settle_s` went by, so that a burst is one failure with
    its count. A producer is all invalid from `producer_records` within `producer_s`. What is known is over once `quiet_s`
    brought nothing new, and is told all the same where a flow has repaired none of it within `left_s`. At most `at_once`
    failures of a contract are told of one by one within `quiet_s`.
    """

    letters: int = 1
    settle_s: int = 5
    producer_records: int = 20
    producer_s: int = 300
    quiet_s: int = 3_600
    left_s: int = 300
    at_once: int = 10


@dataclass(frozen=True, slots=True)
class Counted:
    """Records that were judged, and how many of them were refused, since the first refused one."""

    valid: int = 0
    refused: int = 0
    since_ms: int = 0

    @property
    def records(self) -> int:
        """All of them."""
        return self.valid + self.refused


@dataclass(frozen=True, slots=True)
class Sight:
    """One contract as it is seen at one moment. `rates` are by minute of judging, without replays."""

    contract: Contract
    failures: Sequence[Failure]
    rates: Sequence[Rate]
    held: Mapping[str, Alarm]
    now_ms: int
    bounds: Bounds = Bounds()

    def counted(self, producer: str, within_s: int) -> Counted:
        """What was judged of one producer lately, or of all where it is empty; by whole minutes."""
        return self.by_producer(within_s).get(producer, Counted())

    def by_producer(self, within_s: int) -> Mapping[str, Counted]:
        """What was judged lately, by producer; of all of them under the empty name."""
        after_ms = self.now_ms - within_s * 1000 - MINUTE_MS
        sums: defaultdict[str, list[Rate]] = defaultdict(list)
        for rate in self.rates:
            if rate.minute_ms > after_ms and rate.topic != self.contract.topics.raw_replay:
                sums[rate.producer].append(rate)
        return {producer: _sum(found) for producer, found in sums.items()}

    def last_valid_ms(self, producer: str) -> int:
        """The end of the last minute in which a producer had a valid record, as far as it is known; else 0."""
        valid = (each.minute_ms for each in self.rates if each.producer == producer and each.valid)
        return max(valid, default=-MINUTE_MS) + MINUTE_MS

    def new_failures(self, producer: str) -> list[Failure]:
        """The failures of a producer that nobody knows what to do about."""
        return [each for each in self.failures if each.producer == producer and each.status is FailureStatus.NEW]


def _sum(rates: Sequence[Rate]) -> Counted:
    since_ms = min((rate.minute_ms for rate in rates if rate.refused), default=0)
    return Counted(sum(rate.valid for rate in rates), sum(rate.refused for rate in rates), since_ms)
