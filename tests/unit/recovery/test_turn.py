"""A turn settles what it may and leaves the rest, whatever a single dead letter does."""

from __future__ import annotations

from assay.recovery.decision import End, Replay
from assay.recovery.letter import DeadLetter
from assay.recovery.line import Line
from assay.recovery.offsets import OffsetSet
from assay.recovery.settlement import Outcome
from assay.recovery.turn import MOST_BYTES, Decides, Refusals, Turn, look
from assay.streaming import Block, Record
from tests.unit.recovery.letters import contract, dead

CONTRACT = contract()
DISCARD = End(Outcome.DISCARDED)


def discard(letter: DeadLetter) -> End:
    assert letter.reason
    return DISCARD


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
    turn = await turn_over(letters(9), lambda letter: Replay(letter.record, large, 0))
    assert len(turn.replays) == 2


async def test_a_dead_letter_that_breaks_recovery_stays_and_the_others_go_on() -> None:
    def poisoned(letter: DeadLetter) -> End:
        if letter.record.offset == 3:
            raise RecursionError
        return DISCARD

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
