"""Holds back the later records of a key that failed, in one partition of an ordered contract."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from functools import lru_cache
from time import monotonic

from assay.contracts import Contract, Judged, Reason, Verdict, Violation
from assay.streaming import Partition, headers
from assay.streaming.keys import Keys
from assay.telemetry import get_logger, metrics
from assay.validation.holding import Holding, digest_of
from assay.validation.judging import Verdicts
from assay.validation.news import Bulletin, place_of

__all__ = ["HELD", "Ordering"]

HELD = Verdict(
    Reason.HELD,
    (Violation("", "ordered", "no open dead letter of its key before it", "an open dead letter before it"),),
)
LOOK_S = 0.5
"""How often it is looked whether a key of the raw topic is clear again: as long as a record of it goes on being held."""

LINGER_S = 2.0
LINGER_EVERY_S = 20.0
PAUSE_S = 0.05
"""Where only what waits is left before a record, the partition stands still for it while some of that comes back at least
every `LINGER_S`, and for no longer than the contract's time-out; else it goes on, and does so again a while later. Without
that a key of which records come all the time would never be clear."""

DIGESTS = 50_000
TURN_RECORDS = 1_000


class Ordering:
    """Knows which keys of its partition wait, and gives the verdict `held` to what comes behind.

    Made for a partition that is fenced, and thrown away with a transaction that is abandoned.
    """

    def __init__(
        self,
        contract: Contract,
        partition: Partition,
        keys: Keys,
        bulletin: Bulletin,
        now_s: Callable[[], float] = monotonic,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        assert contract.ordered is not None
        self._contract = contract
        self._partition = partition
        self._is_replay = partition.topic == contract.topics.raw_replay
        self._bulletin = bulletin
        self._now_s = now_s
        self._pause = pause
        self._longest_s = contract.ordered.timeout_s
        self._looked_s = self._lingered_s = float("-inf")
        self._is_told = False
        self._holding = Holding(contract.ordered)
        topic = contract.topics.dead_letters
        self._digest = lru_cache(maxsize=DIGESTS)(lambda key: digest_of(key, topic, keys))

    async def seed(self) -> int:
        """Learn what was before; return how many records are waited for.

        Raises:
            BrokerError: the broker does not tell.
        """
        self._holding.learn(await self._bulletin.read())
        return len(self._holding)

    async def look(self, found: Verdicts) -> None:
        """Learn what has become of the dead letters that some of these records would wait for.

        A replay must not wait for what was settled before it was written, so before one waits it is always looked.

        Raises:
            BrokerError: the broker does not tell.
        """
        if not self._holding or (not self._is_replay and self._now_s() - self._looked_s < LOOK_S):
            return
        if not await self._would_wait(found):
            return
        await self._learn(found)
        began_s = self._now_s()
        if self._is_replay or began_s - self._lingered_s < LINGER_EVERY_S:
            return
        moved_s, left = began_s, len(self._holding)
        while self._is_settling(found) and self._now_s() < min(moved_s + LINGER_S, began_s + self._longest_s):
            await self._pause(PAUSE_S)
            await self._learn(found)
            if len(self._holding) < left:
                moved_s, left = self._now_s(), len(self._holding)
            self._lingered_s = self._now_s()

    def hold_back(self, found: Verdicts) -> None:
        """Give each record that has to wait the verdict `held`, and dead letters the marks that those behind them need."""
        for spot, key, place in self._keyed(found):
            judged, at_ms = found.judged[spot], found.records.timestamps_ms[spot]
            if judged.verdict.reason is Reason.DUPLICATE:
                continue
            digest = self._digest(key)
            if self._is_replay:
                self._holding.returns(digest, place)
            if judged.verdict.reason is not None:
                found.marks[spot] = ((headers.KEY_HASH, digest),)
                if self._has_room(at_ms):
                    self._holding.fails(digest, place, found.arrived_ms[spot])
            elif (until_ms := self._holding.waits_until(digest, place, at_ms)) is not None and self._has_room(at_ms):
                self._holding.holds(digest, place, until_ms)
                found.judged[spot] = Judged(HELD, None, 0)  # its lateness counts once it is back
                found.marks[spot] = ((headers.KEY_HASH, digest), (headers.HELD_UNTIL, b"%d" % until_ms))

    async def _learn(self, found: Verdicts) -> None:
        self._holding.learn(await self._bulletin.read())
        self._holding.expire(min(found.records.timestamps_ms))
        self._looked_s = self._now_s()

    def _is_settling(self, found: Verdicts) -> bool:
        """Whether some of these records wait for what is on its way back, and for nothing else."""
        return any(
            self._holding.is_settling(digest) for digest in {self._digest(key) for _, key, _ in self._keyed(found)}
        )

    async def _would_wait(self, found: Verdicts) -> bool:
        for number, (spot, key, place) in enumerate(self._keyed(found)):
            if number % TURN_RECORDS == TURN_RECORDS - 1:
                await asyncio.sleep(0)
            at_ms = found.records.timestamps_ms[spot]
            if self._holding.waits_until(self._digest(key), place, at_ms) is not None:
                return True
        return False

    def _keyed(self, found: Verdicts) -> Iterator[tuple[int, bytes, int]]:
        """Give spot, key and place of the records that are ordered: those with a key, where anything is to be done."""
        replay, records = self._contract.topics.raw_replay, found.records
        for spot, one in enumerate(found.judged):
            if (self._holding or one.verdict.reason is not None) and (key := records.key(spot)) is not None:
                yield spot, key, place_of(records[spot], replay) if self._is_replay else records.offsets[spot]

    def _has_room(self, at_ms: int) -> bool:
        """Whether one more can be remembered; what can't be is counted, and said in the log once."""
        if self._holding.has_room(at_ms):
            return True
        metrics.RECORDS_OUT_OF_ORDER.labels(self._contract.id).inc()
        if not self._is_told:
            self._is_told = True
            assert self._contract.ordered is not None
            facts = {"topic": self._partition.topic, "partition": self._partition.partition}
            get_logger().warning("order.given_up", max_held=self._contract.ordered.max_held, **facts)
        return False
