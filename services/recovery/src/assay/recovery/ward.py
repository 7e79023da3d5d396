"""The warden of one dead-letter partition: what is settled there, it settles, and nobody else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import compress
from time import monotonic

from assay.recovery.board import Board
from assay.recovery.book import Book
from assay.recovery.decision import Decision
from assay.recovery.desk import Desk
from assay.recovery.errand import Errand
from assay.recovery.errors import NotSeatedError, TopicAnewError
from assay.recovery.learning import learn, meet
from assay.recovery.letter import DeadLetter
from assay.recovery.line import Line
from assay.recovery.offsets import OffsetSet
from assay.recovery.replay import passed
from assay.recovery.run import Run, RunKind, RunState
from assay.recovery.seats import Seats
from assay.recovery.sweep import Sweep
from assay.recovery.turn import Decides, Refusals, Turn, look
from assay.runtime import Clock, TransientError
from assay.streaming import Block, Outgoing, Partition
from assay.streaming.cursor import Cursor
from assay.streaming.errors import RefusedRecordError
from assay.streaming.hold import Hold, Position
from assay.telemetry import get_logger

__all__ = ["LetterWarden"]

NOW_S = 0.0
SOON_S = 0.05
"""How long live records are waited for while a run may go on any moment."""
WAIT_S = 0.5
READ_S = 0.5
"""More than an answer of the broker takes: cursors share a client, and one that takes its turn throws away what is on the
way for another. Several that were slower than this would never get on."""
IDLE_S = 30.0
QUIET_OFFSETS = 50_000
"""Offsets that a sweep passes without a word, where it finds nothing to settle."""


class LetterWarden:
    """Settles the dead letters of one partition: those that come, those of before under new rules, those of runs.

    They take turns, each turn at most one transaction: live repairs never wait for a run, and no run for another.
    """

    def __init__(
        self, broker: str, partition: Partition, seats: Seats, board: Board, book: Book, clock: Clock, most: int
    ) -> None:
        self._broker = broker
        self._partition = partition
        self._seats = seats
        self._board = board
        self._book = book
        self._clock = clock
        self._most = self._limit = most
        self._settled = OffsetSet()
        self._known = 0
        self._sweep = Sweep()
        self._sweeping: Cursor | None = None
        self._errands: dict[str, Errand] = {}
        self._through: set[str] = set()
        self._refusals = Refusals()
        self._line: Line | None = None
        self._in_line = 0
        """Below it nothing is open that waits, or is waited for."""
        self._next = 0

    def is_wanted(self, position: Position) -> bool:
        try:
            desk = self._seats.desk(self._partition.topic)
        except NotSeatedError:
            return False
        is_swept = Sweep.parse(position.note).under(desk.digest, position.offset).is_over
        return not is_swept or self._is_asked(desk) or (self._line is not None and bool(self._line.due))

    async def tend(self, hold: Hold) -> None:
        desk = self._seats.desk(self._partition.topic)
        self._known = await learn(
            self._broker,
            self._book,
            desk.contract.topics,
            self._partition.partition,
            self._settled,
            self._known,
            hold.rest,
        )
        self._settled.drop_before(hold.begin)
        if self._settled.end > hold.end:  # to go on would take dead letters for those that stood there before
            topic, number = self._partition
            raise TopicAnewError(f"{topic}/{number}", hold.end, desk.contract.topics.settled, self._settled.end)
        self._sweep, self._sweeping = Sweep.parse(hold.position.note), None
        for errand in self._errands.values():
            errand.cursor = None
        line, self._line = self._line, None
        self._line = await self._lined_up(hold, desk) if line is None else line
        try:
            await self._until_idle(hold)
        except BaseException:
            self._line = None  # what it was told of a transaction that failed is not true
            raise

    async def _until_idle(self, hold: Hold) -> None:
        """Go from turn to turn; return when nothing was done for a while, and nothing is to be done."""
        busy_s, wait_s = monotonic(), NOW_S
        while monotonic() - busy_s < IDLE_S:
            desk = self._seats.desk(self._partition.topic)
            self._hear(desk)
            if self._line is None or self._line.ordered != desk.contract.ordered:
                self._line = await self._lined_up(hold, desk)
            has_moved = await self._live(hold, desk, wait_s) | await self._release(hold, desk)
            has_moved |= await self._other(hold, desk)
            hold.rest()
            is_asked = self._is_asked(desk)
            if has_moved or is_asked or not self._sweep.is_over:
                busy_s = monotonic()
            wait_s = NOW_S if has_moved else SOON_S if is_asked else WAIT_S

    def _is_asked(self, desk: Desk) -> bool:
        """Whether a run has something to do here."""
        return any(
            run.state is RunState.RUNNING or (run.state is RunState.CANCELLED and run.id in self._errands)
            for run in self._board.of(desk.contract.id, self._partition.partition)
            if run.id not in self._through
        )

    def _hear(self, desk: Desk) -> None:
        """Take what the board says of runs."""
        runs = {run.id: run for run in self._board.of(desk.contract.id, self._partition.partition)}
        self._through &= runs.keys()
        for run_id in self._errands.keys() - runs.keys():
            del self._errands[run_id]
        for run_id, run in runs.items():
            if errand := self._errands.get(run_id):
                errand.run = run
            elif run_id not in self._through and run.state is not RunState.CANCELLED:
                self._errands[run_id] = Errand(run, self._partition, self._clock)

    async def _live(self, hold: Hold, desk: Desk, wait_s: float) -> bool:
        """Settle what nobody has looked at yet; return whether there was any."""
        sweep = self._sweep.under(desk.digest, hold.position.offset)
        if sweep is not self._sweep:
            self._sweep, self._sweeping = sweep, None
            self._board.look_anew(self._partition)
        block = await hold.live.ahead(self._most, wait_s)
        if block is None:
            return False
        turn = await self._look(block, desk, desk.by_themselves)
        await self._settle(hold, desk, turn, Position(hold.live.after(turn.after), self._sweep.note))
        hold.live.advance(turn.after)
        self._board.left(self._partition, turn.stays)
        return True

    async def _lined_up(self, hold: Hold, desk: Desk) -> Line:
        """Return who waits for whom: whoever may be waited for is met now, and who waits while they are swept again."""
        line = Line(desk.contract, self._clock.now_ms)
        if line.ordered is None:
            return line
        await meet(self._broker, self._partition, line, self._settled, hold.position.offset, hold.rest)
        at = min(self._in_line, self._sweep.at) if not self._sweep.is_over else self._in_line
        self._sweep, self._sweeping = Sweep(self._sweep.digest, at, hold.position.offset), None
        return line

    async def _release(self, hold: Hold, desk: Desk) -> bool:
        """Look again at dead letters that waited and may go now; return whether any went."""
        line = self._line
        assert line is not None
        due = line.due
        if not due:
            return False
        if due[0] < hold.begin:
            line.drop_before(hold.begin)
            return False
        cursor = await hold.cursor(due[0], hold.position.offset)
        block = await cursor.ahead(self._most, READ_S)
        turn = await self._look(block, desk, desk.by_themselves) if block else Turn(cursor.position)
        await self._settle(hold, desk, turn, hold.position)
        for offset in due:
            if offset in self._settled:
                line.settles(offset)
            elif offset < turn.after:
                line.stays(offset)
        return bool(turn.offsets)

    async def _other(self, hold: Hold, desk: Desk) -> bool:
        """Give the sweep or a run its turn: the next one that has something to do."""
        for _ in range(len(self._errands) + 1):
            self._next = (self._next + 1) % (len(self._errands) + 1)
            if self._next == 0:
                has_moved = await self._sweep_on(hold, desk)
            else:
                has_moved = await self._go_on(hold, desk, [*self._errands.values()][self._next - 1])
            if has_moved:
                return True
        return False

    async def _sweep_on(self, hold: Hold, desk: Desk) -> bool:
        """Look at dead letters of before by the rules in force."""
        if self._sweep.is_over:
            return False
        cursor = self._sweeping = self._sweeping or await hold.cursor(self._sweep.at, self._sweep.end)
        block = await cursor.ahead(self._most, READ_S)
        turn = await self._look(block, desk, desk.by_themselves) if block else Turn(cursor.position)
        sweep = self._sweep.moved(cursor.after(turn.after) if block else cursor.position)
        noted = Sweep.parse(hold.position.note)
        is_quiet = noted.digest == sweep.digest and sweep.at - noted.at < QUIET_OFFSETS and not sweep.is_over
        if turn.offsets or not is_quiet:
            await self._settle(hold, desk, turn, Position(hold.position.offset, sweep.note))
        if block:
            cursor.advance(turn.after)
        self._sweep = sweep
        if sweep.is_over and self._line is not None:
            self._in_line = hold.position.offset if self._line.first is None else self._line.first
        self._board.left(self._partition, turn.stays)
        return True

    async def _go_on(self, hold: Hold, desk: Desk, errand: Errand) -> bool:
        """Do a piece of a run; at its end in this partition, say so in the transaction of its last settlements."""
        if errand.run.state is RunState.CANCELLED:
            await self._pass(hold, desk, errand, Turn(errand.position), errand.position, errand.left)
            return True
        spare = errand.spare(self._limit)
        if not spare or not await self._is_ready(hold, desk, errand):
            return False
        cursor = errand.cursor = errand.cursor or await hold.cursor(errand.position, errand.end)
        cursor.jump(errand.next_offset(cursor.position))
        block = await cursor.ahead(self._most, READ_S)
        turn = (
            await self._look(block, desk, _asked(desk, errand), spare, errand.run) if block else Turn(cursor.position)
        )
        after = cursor.after(turn.after) if block else cursor.position
        left = errand.with_left(turn.stays)
        if after >= errand.end:
            await self._pass(hold, desk, errand, turn, after, left)
            return True
        if turn.offsets:
            await self._settle(hold, desk, turn, hold.position)
        if block:
            cursor.advance(turn.after)
        errand.move(after, left, len(turn.offsets))
        self._board.hint(self._partition, errand)
        return block is not None

    async def _is_ready(self, hold: Hold, desk: Desk, errand: Errand) -> bool:
        """Whether this process knows the contract that the run was started under, and what it is to resubmit.

        In an ordered contract, all that the run may have to wait behind was met too.
        """
        if not desk.versions.reach(errand.run.version, desk.contract.version):
            return False
        if desk.contract.ordered is not None and hold.live.position < errand.end:
            return False
        if errand.run.kind is RunKind.RESUBMIT and errand.value is None:
            try:
                errand.value = await self._book.value(errand.run.id)
            except TransientError as error:
                get_logger().warning("run.delayed", run=errand.run.id, error=str(error))
                return False
        return True

    async def _pass(
        self, hold: Hold, desk: Desk, errand: Errand, turn: Turn, position: int, left: Counter[str]
    ) -> None:
        """Settle the last of a run here."""
        run = errand.run
        end = passed(run, self._partition.partition, position, left, self._clock.now_ms())
        await self._settle(hold, desk, turn, hold.position, [end])
        del self._errands[run.id]
        self._through.add(run.id)
        if run.kind is RunKind.RESUBMIT and turn.offsets:
            self._board.is_done_with_value(run.id)
        facts = {"contract": desk.contract.id, "topic": self._partition.topic, "partition": self._partition.partition}
        get_logger().info("run.passed", run=run.id, position=position, left=left.total(), **facts)

    async def _look(
        self, block: Block, desk: Desk, decides: Decides, most: int | None = None, run: Run | None = None
    ) -> Turn:
        return await look(
            block,
            self._settled,
            desk.contract,
            decides,
            most=self._limit if most is None else min(most, self._limit),
            refusals=self._refusals,
            line=self._line or Line(desk.contract, self._clock.now_ms),
            at_ms=self._clock.now_ms(),
            run=run,
        )

    async def _settle(
        self, hold: Hold, desk: Desk, turn: Turn, position: Position, actions: Sequence[Outgoing] = ()
    ) -> None:
        """Write what became of a turn's dead letters, with the position; from then on they are settled."""
        try:
            await hold.settle({"produce": turn.replays, "settlement": turn.settlements, "action": actions}, position)
        except RefusedRecordError as refused:
            self._limit = max(1, len(turn.offsets) // 2)
            if len(turn.offsets) == 1:
                self._refusals.note(turn, str(refused))
            raise
        self._limit = min(2 * self._limit, self._most)
        self._settled.update(turn.offsets)
        turn.count(desk.contract.id)


def _asked(desk: Desk, errand: Errand) -> Decides:
    run = errand.run

    def decide(letters: Sequence[DeadLetter]) -> list[Decision | None]:
        are_meant = [run.selection.takes(letter) for letter in letters]
        found = iter(desk.all_asked(run, [*compress(letters, are_meant)], errand.value))
        return [next(found) if is_meant else None for is_meant in are_meant]

    return decide
