"""How long a partition stands still for a key that is on its way back."""

from __future__ import annotations

import asyncio
from itertools import count
from random import Random

from assay.contracts.judge import PLAIN
from assay.streaming import Block, Partition, Record
from assay.validation.holding import Letter, News, digest_of
from assay.validation.judging import Verdicts
from assay.validation.news import Bulletin
from assay.validation.ordering import Ordering
from tests.unit.validation.order_model import KEYS, Following, House, ordered

TIMEOUT_S, STEP_S = 60, 1.0
LETTERS = 500


class Trickle(Bulletin):
    """Tells of many that wait, then that one of them came back, again and again."""

    _told = count()

    async def read(self) -> News:
        number = next(self._told)
        if number == 0:
            digest = digest_of(b"k", self._contract.topics.dead_letters, KEYS)
            return News([Letter(at, digest, at, 10**15, is_held=True) for at in range(LETTERS)])
        return News(settlements=[(number - 1, False)])


def test_a_partition_stands_still_for_the_time_out_at_most_however_long_a_key_comes_back() -> None:
    contract, now_s = ordered("PT1M", LETTERS), 0.0
    raw = str(contract.topics.raw_app)
    bulletin = Trickle(contract, Following(House(Random(0), "PT1M", LETTERS, 0.0, 0.0)))

    async def pause(_seconds: float) -> None:
        nonlocal now_s
        now_s += STEP_S

    async def looked() -> None:
        ordering = Ordering(contract, Partition(raw, 0), KEYS, bulletin, lambda: now_s, pause)
        await ordering.seed()
        record = Record(raw, 0, LETTERS, 1, b"k", b"{}")
        await ordering.look(Verdicts(Block.of([record]), [1], [], [PLAIN], None))

    asyncio.run(looked())
    assert now_s == TIMEOUT_S
