"""A turn settles what it may and leaves the rest, whatever a single dead letter does."""

from __future__ import annotations

from collections.abc import Sequence

from assay.recovery.decision import End, Replay
from assay.recovery.letter import DeadLetter
from assay.recovery.line import Line
from assay.recovery.offsets import OffsetSet
from assay.recovery.settlement import Outcome
from assay.recovery.turn import LARGE_BYTES, MOST_BYTES, TOGETHER, Decides, Refusals, Turn, look
from assay.streaming import Block, Record
from tests.unit.recovery.letters import contract, dead

CONTRACT = contract()
DISCARD = End(Outcome.DISCARDED)


def discard(letters: Sequence[DeadLetter]) -> list[End]:
    assert all(letter.reason for letter in letters)
    return [DISCARD] * len(letters)


def letters(count: int) -> list[Record]:
    return [dead()._replace(offset=3 * number) for number in range(count)]


async def turn_over(
    records: list[Record],
    decides: Decides,
    most: int = 100,
    settled: OffsetSet | None = None,
    refusals: Refusals | None = None,
) -> Turn:
    return await look(
        Block.of(records),
        settled or OffsetSet(),
        CONTRACT,
        decides,
        most=most,
        refusals=refusals or Refusals(),
        line=Line(CONTRACT, lambda: 1),
        at_ms=1,
    )


async def test_what_is_settled_is_passed_over() -> None:
    settled = OffsetSet()
    settled.update([0, 6])
    turn = await turn_over(letters(4), discard, settled=settled)
    assert (turn.offsets, turn.after) == ([3, 9], 10)


async def test_it_ends_before_the_dead_letter_that_is_one_too_many() -> None:
    turn = await turn_over(letters(9), discard, most=4)
    assert (turn.offsets, turn.after, len(turn.settlements)) == ([0, 3, 6, 9], 12, 4)


async def test_it_holds_no_more_than_fits_and_one() -> None:
    large = b"x" * (MOST_BYTES // 2)
    turn = await turn_over(letters(9), lambda letters: [Replay(letter.record, large, 0) for letter in letters])
    assert len(turn.replays) == 2


async def test_a_dead_letter_that_breaks_recovery_stays_and_the_others_go_on() -> None:
    def poisoned(letters: Sequence[DeadLetter]) -> list[End]:
        if any(letter.record.offset == 3 for letter in letters):
            raise RecursionError
        return [DISCARD] * len(letters)

    turn = await turn_over(letters(3), poisoned)
    assert turn.offsets == [0, 6]
    assert [text for _, text in turn.stays] == ["recovery failed at it: RecursionError"]


async def test_what_nobody_of_ours_wrote_is_left() -> None:
    stranger = Record("orders.dead-letters", 2, 1, 0, None, b"{}")
    turn = await turn_over([letters(1)[0], stranger], discard)
    assert (turn.offsets, turn.after, turn.stays.total()) == ([0], 2, 0)


async def test_what_was_refused_alone_is_not_tried_again_in_the_same_way() -> None:
    refusals = Refusals()
    refusals.note(await turn_over(letters(1), discard), "too large")
    turn = await turn_over(letters(2), discard, refusals=refusals)
    assert turn.offsets == [3]
    assert [text for _, text in turn.stays] == ["too large"]


async def test_few_are_decided_on_together_and_a_large_one_alone() -> None:
    counts: list[int] = []

    def counted(letters: Sequence[DeadLetter]) -> list[End]:
        counts.append(len(letters))
        return discard(letters)

    large = b"x" * (LARGE_BYTES + 1)
    records = [*letters(TOGETHER + 3), *(dead(large)._replace(offset=1_000 + at) for at in range(2))]
    turn = await turn_over(records, counted)
    assert (counts, len(turn.offsets)) == ([TOGETHER, 3, 1, 1], len(records))


async def test_no_more_are_decided_on_than_may_be_settled() -> None:
    def none_beyond(letters: Sequence[DeadLetter]) -> list[End]:
        assert all(letter.record.offset < 6 for letter in letters)
        return discard(letters)

    turn = await turn_over(letters(9), none_beyond, most=2)
    assert (turn.offsets, turn.after, turn.stays.total()) == ([0, 3], 6, 0)
