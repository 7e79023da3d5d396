"""What the index knows of settlements says where a settlement is to be looked for."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from assay.recovery.marks import Marks
from tests.unit.recovery.dead import contract_of, record_of

CONTRACT = contract_of({"name": "amount", "logicalType": "integer"})
BITS_AT_9 = bytes([0, 0b10])


class Index:
    """Knows one block of one partition, and counts how often it is asked."""

    def __init__(self, blocks: Mapping[int, bytes]) -> None:
        self.blocks, self.asked = blocks, 0

    async def read(self, topic: str, partition: int) -> tuple[int | None, Mapping[int, bytes]]:
        self.asked += 1
        assert (topic, partition) == (CONTRACT.topics.dead_letters, 0)
        return 7, self.blocks


@pytest.mark.parametrize(
    ("block", "offset", "is_settled"),
    [(0, 9, True), (0, 8, False), (0, 65_545, False), (1, 65_545, True), (0, 60_000, False)],
)
async def test_a_bit_stands_for_one_offset(block: int, offset: int, is_settled: bool) -> None:
    marks = Marks(Index({block: BITS_AT_9}), CONTRACT)
    letter = record_of(CONTRACT, b'{"id":"1","amount":"x"}', offset)
    assert await marks.has(letter) is is_settled
    assert await marks.since(letter) == (None if is_settled else 7)


async def test_a_partition_is_asked_for_once() -> None:
    index = Index({})
    marks = Marks(index, CONTRACT)
    for offset in range(3):
        await marks.has(record_of(CONTRACT, b'{"id":"1","amount":"x"}', offset))
    assert index.asked == 1
