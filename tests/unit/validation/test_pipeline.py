"""The step of validation, from raw records to what is written of them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from assay.api.validation.v1.pane_pb2 import Pane
from assay.client import Version
from assay.contracts import Judged, load
from assay.contracts.frame import SCHEMA_HEADER, framed
from assay.streaming import Block, Headers, Onward, Outgoing, Partition, Record, headers
from assay.streaming.keys import Key, KeyFile
from assay.testkit.builders import contract_text
from assay.validation.judges import Seat
from assay.validation.judging import explain_here
from assay.validation.pipeline import REPLAY_QUOTA, Validation
from assay.validation.seating import Seating

OLD, NEW = contract_text("orders", "1.1.0"), contract_text("orders", "2.0.0")
HERE = Partition("orders.raw.app", 1)
KEYS = KeyFile("one", {"one": Key("one", b"k" * 32)})
GOOD, BAD = b'{"id": "a", "amount": 1}', b'{"id": 1, "amount": "x"}'
EXTREMES = [-1, 0, 1_700_000_000_000, 2**63 - 1]

values = st.sampled_from([GOOD, BAD, None, b"", b"\0", framed(GOOD, 1), framed(BAD, 2), framed(GOOD, 9), b"\1" + GOOD])
names = st.sampled_from(
    [
        *("a", "b\udcff", "traceparent", "assay-source", "assay-reason", "assay-contract", "assay-seal"),
        *(headers.EVENT_ID, headers.VERSION, SCHEMA_HEADER),
    ]
)
header_values = st.sampled_from([None, b"", b"1.1.0", b"2.0.0", b"9.9.9", b"x\xff", framed(b"", 1)])
header_lists = st.lists(st.tuples(names, header_values), max_size=3).map(tuple)
keys = st.none() | st.binary(max_size=3)
records = st.lists(st.tuples(st.sampled_from(EXTREMES), keys, values, header_lists), min_size=1, max_size=8)


Raw = tuple[int, bytes | None, bytes | None, Headers]
"""Timestamp, key, value and headers."""


class At:
    """A clock that stands still."""

    def now_ms(self) -> int:
        return 1_700_000_000_000


class Known:
    """Two versions of orders, both in use."""

    is_current = True
    versions = {  # noqa: RUF012 -- nobody changes it
        "orders": {
            "1.1.0": Version(1, "orders", "1.1.0", OLD, 0),
            "2.0.0": Version(2, "orders", "2.0.0", NEW, 0),
        }
    }


class Hanging:
    """A second tier that answers when it is told to."""

    def __init__(self) -> None:
        self.asked, self.answers = asyncio.Event(), asyncio.Event()

    async def __call__(self, seat: Seat, values: Sequence[bytes | None], arrived_ms: Sequence[int]) -> Sequence[Judged]:
        self.asked.set()
        await self.answers.wait()
        return await explain_here(seat, values, arrived_ms)


SEATING = Seating(Known())


async def validation(explain: Hanging | None = None, text: bytes = NEW) -> Validation:
    await SEATING.take([load(text)])
    step = Validation("nowhere", SEATING, KEYS, At(), explain=explain or explain_here)
    await step.assigned(HERE, 0)
    return step


def block(found: Sequence[Raw]) -> Block:
    return Block.of(
        [Record(*HERE, 40 + 2 * place, ms, key, value, theirs) for place, (ms, key, value, theirs) in enumerate(found)]
    )


def one_by_one(written: Iterable[Outgoing | Onward]) -> list[Outgoing]:
    return [each for one in written for each in (one.outgoing() if isinstance(one, Onward) else [one])]


@settings(max_examples=150, deadline=None)
@given(records)
def test_every_record_is_written_once_and_counted_once(
    found: list[Raw],
) -> None:
    async def settle() -> tuple[list[Outgoing], Pane]:
        step = await validation()
        written = await step.judge(block(found))
        (pane,) = step.closing(HERE, 40, 40 + 2 * len(found), 99)
        return one_by_one(written), Pane.FromString(pane.value or b"")

    written, pane = asyncio.run(settle())
    by_offset = {int((dict(each.headers)[headers.SOURCE] or b"").rpartition(b"/")[2]): each for each in written}
    assert sorted(by_offset) == [40 + 2 * place for place in range(len(found))]
    assert len(written) == len(found)
    validated = [offset for offset, each in by_offset.items() if each.topic == "orders.validated"]
    assert sum(minute.valid for one in pane.slices for minute in one.minutes) == len(validated)
    assert sum(each.count for one in pane.slices for m in one.minutes for each in m.refused) + len(validated) == len(
        found
    )
    for offset in validated:
        arrived_ms, key, value, theirs = found[(offset - 40) // 2]
        kept = by_offset[offset]
        assert (kept.partition, kept.timestamp_ms, kept.key, kept.value) == (HERE.partition, arrived_ms, key, value)
        assert kept.headers[:-2] == tuple(
            pair for pair in theirs if not pair[0].startswith("assay-") or pair[0] == headers.EVENT_ID
        )


async def test_a_partition_is_at_work_while_its_records_are_explained() -> None:
    explain = Hanging()
    step = await validation(explain)
    async with asyncio.timeout(5), asyncio.TaskGroup() as group:
        group.create_task(step.judge(block([(0, None, BAD, ())])))
        await explain.asked.wait()
        was_at_work = step.is_at_work(HERE)
        explain.answers.set()
    assert was_at_work
    assert not step.is_at_work(HERE)


async def test_what_a_partition_remembers_goes_with_it() -> None:
    step = await validation()
    await step.judge(block([(0, None, GOOD, ())]))
    step.released(HERE)
    assert not step._desks


async def test_only_replays_have_a_quota() -> None:
    step = await validation()
    assert step.limit(Partition("orders.raw.replay", 0)) == REPLAY_QUOTA
    assert step.limit(HERE) is None


async def test_a_replay_counts_in_the_minute_of_its_first_arrival() -> None:
    step, replay = await validation(), Partition("orders.raw.replay", 0)
    await step.assigned(replay, 0)
    given = [((headers.ARRIVED, b"60000"),), ((headers.ARRIVED, b"soon"),), ()]
    await step.judge(Block.of([Record(*replay, place, 180_000, None, GOOD, one) for place, one in enumerate(given)]))
    (pane,) = step.closing(replay, 0, 3, 3)
    (counts,) = Pane.FromString(pane.value or b"").slices
    assert {minute.minute: minute.valid for minute in counts.minutes} == {1: 1, 3: 2}
