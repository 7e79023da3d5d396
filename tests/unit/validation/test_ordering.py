"""What an ordering does with the records of a partition: which it holds back, and how long it stands still for them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from itertools import count
from random import Random

import pytest

from assay.contracts import Contract, Judged
from assay.contracts.judge import PLAIN
from assay.contracts.verdict import ACCEPTED
from assay.streaming import Block, Partition, Record
from assay.validation.holding import Holding, Letter, News, digest_of
from assay.validation.judging import Verdicts
from assay.validation.news import Bulletin
from assay.validation.ordering import HELD, Ordering
from tests.unit.validation.order_model import KEYS, Following, House, ordered

TIMEOUT_S, STEP_S = 60, 1.0
LETTERS = 500


class Trickle(Bulletin):
    """Tells of many that wait, then that one of them came back, again and again."""

    def __init__(self, contract: Contract, following: Following) -> None:
        super().__init__(contract, following)
        self._told = count()

    async def read(self) -> News:
        number = next(self._told)
        if number == 0:
            digest = digest_of(b"k", self._contract.topics.dead_letters, KEYS)
            return News([Letter(at, digest, at, 10**15, is_held=True) for at in range(LETTERS)])
        return News(settlements=[(number - 1, False)])


def ordering_of(contract: Contract, now_s: Callable[[], float], pause: Callable[[float], Awaitable[None]]) -> Ordering:
    bulletin = Trickle(contract, Following(House(Random(0), "PT1M", LETTERS, 0.0, 0.0)))
    return Ordering(contract, Partition(str(contract.topics.raw_app), 0), KEYS, bulletin, now_s, pause)


def found_of(contract: Contract, judged: Judged) -> Verdicts:
    record = Record(str(contract.topics.raw_app), 0, LETTERS, 1, b"k", b"{}")
    return Verdicts(Block.of([record]), [1], [], [judged], None)


def test_a_partition_stands_still_for_the_time_out_at_most_however_long_a_key_comes_back() -> None:
    contract, now_s = ordered("PT1M", LETTERS), 0.0

    async def pause(_seconds: float) -> None:
        nonlocal now_s
        now_s += STEP_S

    async def looked() -> None:
        ordering = ordering_of(contract, lambda: now_s, pause)
        await ordering.seed()
        await ordering.look(found_of(contract, PLAIN))

    asyncio.run(looked())
    assert now_s == TIMEOUT_S


def test_what_is_held_back_is_counted_as_late_only_once_it_is_back() -> None:
    contract = ordered("PT1M", 2 * LETTERS)
    ordering, found = ordering_of(contract, lambda: 0.0, asyncio.sleep), found_of(contract, Judged(ACCEPTED, 7, 0))
    asyncio.run(ordering.seed())
    ordering.hold_back(found)
    assert found.judged == [Judged(HELD, None, 0)]


@pytest.mark.parametrize("moment", [0, 1, 2])
def test_a_replay_that_is_written_while_the_news_is_read_is_known_with_its_dead_letter(moment: int) -> None:
    house = House(Random(0), "P7D", LETTERS, 0.0, 1.0)
    raw, replays = (str(house.contract.topics.raw_app), house.contract.topics.raw_replay)
    interruptions = count()

    async def interrupted() -> None:
        if next(interruptions) == moment:
            await house.lanes[raw].step()
            house.ward.step()

    async def learned() -> Holding:
        assert house.contract.ordered is not None
        house.send(b"a", 1)
        house.interrupted = interrupted  # type: ignore[method-assign]  # what happens between two topics is told here
        bulletin, holding = Bulletin(house.contract, Following(house)), Holding(house.contract.ordered)
        holding.learn(await bulletin.read())
        await house.lanes[replays].step()
        holding.learn(await bulletin.read())
        return holding

    assert len(asyncio.run(learned())) == 0
    assert house.validated() == {b"a": [0]}
