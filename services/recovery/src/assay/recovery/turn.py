"""What one transaction of a ward holds: dead letters looked at in one go, and what became of them."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from assay.contracts import Contract
from assay.recovery.decision import Decision, Replay, Stay
from assay.recovery.letter import DeadLetter, found
from assay.recovery.line import Line
from assay.recovery.offsets import OffsetSet
from assay.recovery.replay import replayed, settled
from assay.recovery.run import Run
from assay.recovery.settlement import Outcome
from assay.streaming import Block, Outgoing
from assay.telemetry import get_logger, metrics

__all__ = ["Decides", "Refusals", "Turn", "look"]

MOST_BYTES = 4 * 1024 * 1024
"""What is written in one transaction, but for the last record of it: a flow may make more of a record than it was."""
TOGETHER = 50  # dead letters between two turns of the loop, decided on together: to repair one takes some 50 µs
LARGE_BYTES = 64 * 1024  # of what is decided on together, or of one record in a thread: it may take longer than a turn

Decides = Callable[[Sequence[DeadLetter]], Sequence[Decision | None]]
"""Says of each dead letter what is to become of it; None where it is not meant."""


class Refusals:
    """Replays that the broker refused alone, by where the dead letter stands and what went back."""

    def __init__(self) -> None:
        self._found: dict[tuple[int, int], str] = {}

    def note(self, turn: Turn, refusal: str) -> None:
        """Take note that the only dead letter of a turn can't be settled so."""
        self._found[turn.offsets[0], _digest(turn.replays)] = refusal

    def of(self, offset: int, replays: list[Outgoing]) -> str | None:
        """Return why a dead letter can't be settled so, None where nobody refused it."""
        return self._found.get((offset, _digest(replays))) if self._found else None


@dataclass(slots=True)
class Turn:
    """Replays and settlements, in order; `after` is the offset to go on from.

    `stays` says why others were left, by failure and explanation.
    """

    after: int
    offsets: list[int] = field(default_factory=list)
    replays: list[Outgoing] = field(default_factory=list)
    settlements: list[Outgoing] = field(default_factory=list)
    stays: Counter[tuple[str, str]] = field(default_factory=Counter)
    outcomes: Counter[tuple[str, str]] = field(default_factory=Counter)
    size_bytes: int = 0

    def count(self, contract: str) -> None:
        """Count what was settled, once it is committed."""
        for (outcome, flow), number in self.outcomes.items():
            metrics.DEAD_LETTERS_SETTLED.labels(contract, outcome).inc(number)
            if flow:
                metrics.RECORDS_REPLAYED.labels(contract, flow).inc(number)


async def look(
    block: Block,
    is_settled: OffsetSet,
    contract: Contract,
    decides: Decides,
    *,
    most: int,
    refusals: Refusals,
    line: Line,
    at_ms: int,
    run: Run | None = None,
) -> Turn:
    """Look at dead letters in order until `most` are to be settled, or enough is to be written; never raises for one."""
    turn = Turn(block.offsets[-1] + 1)
    spots = [spot for spot, offset in enumerate(block.offsets) if offset not in is_settled]
    while spots and len(turn.offsets) < most and turn.size_bytes < MOST_BYTES:
        count = _together(block, spots, most - len(turn.offsets))
        letters = [letter for spot in spots[:count] if (letter := found(block[spot]))]
        for letter, decision in zip(letters, await _decided(decides, letters), strict=True):
            if turn.size_bytes >= MOST_BYTES:
                turn.after = letter.record.offset
                return turn
            line.meets(letter)
            if _add(turn, letter, line.passes(letter, decision), contract, refusals, at_ms, run):
                line.settles(letter.record.offset)
        spots = spots[count:]
        await asyncio.sleep(0)
    if spots:
        turn.after = block.offsets[spots[0]]
    return turn


def _together(block: Block, spots: Sequence[int], room: int) -> int:
    """Return how many of these are decided on together: few enough that nobody waits for long."""
    count, size_bytes = 0, 0
    for spot in spots[: min(room, TOGETHER)]:
        size_bytes += len(block.values[spot] or b"")
        if count and size_bytes > LARGE_BYTES:
            break
        count += 1
    return count


async def _decided(decides: Decides, letters: Sequence[DeadLetter]) -> Sequence[Decision | None]:
    try:
        if len(letters) == 1 and len(letters[0].record.value or b"") > LARGE_BYTES:
            return await asyncio.to_thread(decides, letters)
        return decides(letters)
    except Exception as error:  # noqa: BLE001 -- whatever a dead letter breaks, it stays, and the others go on
        if len(letters) > 1:
            return [decision for letter in letters for decision in await _decided(decides, [letter])]
        get_logger().error("dead_letter.poisonous", place=letters[0].place, error=type(error).__name__)
        return [Stay(f"recovery failed at it: {type(error).__name__}")]


def _add(
    turn: Turn,
    letter: DeadLetter,
    decision: Decision | None,
    contract: Contract,
    refusals: Refusals,
    at_ms: int,
    run: Run | None,
) -> bool:
    """Add what is to become of a dead letter; return whether it is settled by that."""
    if isinstance(decision, Stay):
        turn.stays[letter.failure, decision.explanation] += 1
    if decision is None or isinstance(decision, Stay):
        return False
    replays = []
    if isinstance(decision, Replay):
        replays = [replayed(letter, decision, contract, at_ms)]
    if refusal := refusals.of(letter.record.offset, replays):
        turn.stays[letter.failure, refusal] += 1
        return False
    settlement = settled(letter, decision, contract, run, at_ms)
    turn.offsets.append(letter.record.offset)
    turn.replays += replays
    turn.settlements.append(settlement)
    turn.size_bytes += sum(len(each.value or b"") for each in (*replays, settlement))
    if isinstance(decision, Replay):
        turn.outcomes[Outcome.REPLAYED, decision.flow] += 1
    else:
        turn.outcomes[decision.outcome, ""] += 1
    return True


def _digest(replays: list[Outgoing]) -> int:
    """Return what tells one value from another, within this process."""
    return hash(tuple(each.value for each in replays))
