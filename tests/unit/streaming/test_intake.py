"""Chunks follow one another without a gap, whatever stands between their records."""

from __future__ import annotations

from typing import cast

import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka.structs import TopicPartition

from assay.streaming import Block, Outgoing, Partition, Record, Step, kafka
from assay.streaming.intake import Intake

RAW = Partition("raw", 0)


class Closing(Step):
    """Notes between which positions its chunks stand."""

    def __init__(self) -> None:
        self.closed: list[tuple[int, int]] = []

    async def judge(self, records: Block) -> list[Outgoing]:
        return []

    def closing(self, partition: Partition, before: int, after: int, log_end: int) -> list[Outgoing]:
        self.closed.append((before, after))
        return []

    def stub(self, record: Record, refusal: str) -> list[Outgoing]:
        return []


class Log:
    """Answers with the records that were laid down, or with a position that moved past what is none."""

    def __init__(self, *answers: tuple[list[int], int]) -> None:
        self._answers = list(answers)
        self._position = 0

    async def getmany(self, key: TopicPartition, **_: int) -> dict[TopicPartition, Block]:
        offsets, self._position = self._answers.pop(0) if self._answers else ([], self._position)
        return {key: Block.of([Record(*RAW, offset, 0, None, b"") for offset in offsets])} if offsets else {}

    async def position(self, _key: TopicPartition) -> int:
        return self._position

    def seek(self, _key: TopicPartition, offset: int) -> None:
        self._position = offset

    def highwater(self, _key: TopicPartition) -> int:
        return 0


@pytest.fixture(autouse=True)
def _no_group(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kafka, "check_group", lambda *_given: None)


def intake(step: Step, log: Log) -> Intake:
    made = Intake("assay.test", RAW, cast(AIOKafkaConsumer, log), step, wait_s=0, interval_s=0)
    made.begin_at(3)
    return made


async def test_a_chunk_begins_where_the_one_before_it_ended() -> None:
    step = Closing()
    taking = intake(step, Log(([5, 6], 7), ([], 9), ([9], 11)))
    chunks = [await taking.chunk(2, None, idle_s=5) for _ in range(2)]
    assert step.closed == [(3, 7), (7, 11)]
    assert [(chunk.before, chunk.after) for chunk in chunks if chunk] == step.closed


async def test_what_holds_no_record_is_passed_until_one_comes() -> None:
    taking = intake(Closing(), Log(([], 9), ([9], 10)))
    assert await taking.first(2) is None
    assert taking.passed == 9
    assert await taking.chunk(2, None, idle_s=5)
    assert taking.passed is None
