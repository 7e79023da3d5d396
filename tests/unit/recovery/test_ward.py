"""Whatever is lost, asked for, changed or forgotten in whatever order: a dead letter is settled once, and none is left out."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace
from typing import Protocol

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.client.shelf import Version
from assay.contracts import Contract
from assay.recovery import learning
from assay.recovery.board import Board
from assay.recovery.desk import Desk
from assay.recovery.errors import TopicAnewError
from assay.recovery.run import Run, RunKind, RunState
from assay.recovery.seats import Seats
from assay.recovery.selection import Selection
from assay.recovery.settlement import Outcome
from assay.recovery.ward import LetterWarden
from assay.runtime import SystemClock
from assay.streaming import headers
from assay.streaming.hold import Position
from tests.unit.recovery.letters import contract, dead
from tests.unit.recovery.world import HERE, IdleError, LostError, World

MOST = 3
PLAIN, MENDING = contract("1.0.0", run="on-request"), contract("1.1.0")
TOLD = {
    PLAIN.id: {one.version: Version(at, one.id, one.version, one.text, 0) for at, one in enumerate((PLAIN, MENDING))}
}
DESKS = {one.version: Desk(one, TOLD[one.id]) for one in (PLAIN, MENDING)}
KINDS = (RunKind.RECOVER, RunKind.REPLAY, RunKind.DISCARD)
ENDED = (RunState.CANCELLED, RunState.DONE)


class Step(Protocol):
    def __call__(self, history: History) -> None: ...


class History:
    """One partition, and the process that has it in hand."""

    def __init__(self) -> None:
        self.world = World()
        self.in_force = PLAIN
        self._begin()

    def _begin(self) -> None:
        """Be a process that knows nothing yet."""
        self.seats = Seats(lambda: TOLD)
        self.board = Board("broker", self.world)
        self.warden = LetterWarden("broker", HERE, self.seats, self.board, self.world, SystemClock(), MOST)

    def fail(self, amounts: list[int], *, is_text: bool, attempt: int) -> None:
        for amount in amounts:
            said = f'"{amount}"' if is_text else "{}"
            self.world.die(dead(b'{"id":"1","amount":%b}' % said.encode(), attempt=str(attempt)))

    def put_in_force(self, version: Contract) -> None:
        self.in_force = version

    def ask(self, kind: RunKind, *, is_forced: bool) -> None:
        run_id = f"r{len(self.world.runs)}"
        ends = {HERE.partition: self.world.end}
        run = Run(run_id, kind, Selection("orders"), "1.0.0", ends, "ana", "mended", 1, is_forced=is_forced)
        self.world.runs[run_id] = run

    def change(self, number: int, state: RunState) -> None:
        runs = [run for run in self.world.runs.values() if run.state not in ENDED and not run.done]
        if runs:
            run = runs[number % len(runs)]
            self.world.runs[run.id] = replace(run, state=state)

    def forget(self, share: float) -> None:
        """Be killed; whoever comes next has a store that knows a part of what is settled."""
        self.world.known = int(len(self.world.settlements) * share)
        self._begin()

    async def work(self, lost: list[tuple[int, str]]) -> None:
        """Tend until nothing is left to do, or the first transaction is lost."""
        self.world.losses = {self.world.transactions + after: how for after, how in lost}
        self.seats._desks[HERE.topic] = DESKS[self.in_force.version]
        await self.board._hear(await self.world.active())
        with pytest.raises((IdleError, LostError)):
            await self.warden.tend(self.world.hold())


DEATHS = st.builds(
    lambda amounts, is_text, attempt: lambda history: history.fail(amounts, is_text=is_text, attempt=attempt),
    st.lists(st.integers(0, 9), min_size=1, max_size=8), st.booleans(), st.integers(0, 2),
)  # fmt: skip
VERSIONS = st.builds(lambda version: lambda history: history.put_in_force(version), st.sampled_from((PLAIN, MENDING)))
ASKS = st.builds(
    lambda kind, is_forced: lambda history: history.ask(kind, is_forced=is_forced),
    st.sampled_from(KINDS),
    st.booleans(),
)
CHANGES = st.builds(
    lambda number, state: lambda history: history.change(number, state),
    st.integers(0, 3), st.sampled_from((RunState.PAUSED, RunState.RUNNING, RunState.CANCELLED)),
)  # fmt: skip
KILLS = st.builds(lambda share: lambda history: history.forget(share), st.floats(0, 1))
LOSSES = st.lists(st.tuples(st.integers(1, 5), st.sampled_from(("before", "after"))), max_size=2)
HISTORIES = st.lists(st.tuples(st.one_of(DEATHS, VERSIONS, ASKS, CHANGES, KILLS), LOSSES), max_size=20)


@settings(max_examples=200, deadline=None)
@given(HISTORIES)
def test_every_history_settles_each_dead_letter_once_and_leaves_none_out(
    steps: list[tuple[Step, list[tuple[int, str]]]],
) -> None:
    history = History()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(learning, "scan", history.world.scan)
        asyncio.run(_live(history, steps))
    _assert_exact(history.world)
    _assert_whole(history.world)


async def _live(history: History, steps: list[tuple[Step, list[tuple[int, str]]]]) -> None:
    for step, losses in steps:
        step(history)
        await history.work(losses)
    history.world.runs = {
        run.id: replace(run, state=RunState.RUNNING) if run.state is RunState.PAUSED else run
        for run in history.world.runs.values()
    }
    history.put_in_force(MENDING)
    await history.work([])


def _assert_exact(world: World) -> None:
    """Each is settled once at most, and replayed exactly where its settlement says so."""
    times = Counter(str(each.place) for each in world.settlements)
    assert set(times.values()) <= {1}
    replayed = Counter(dict(replay.headers)[headers.DEAD_LETTER] for replay in world.replays)
    assert replayed == {str(each.place).encode(): 1 for each in world.settlements if each.outcome is Outcome.REPLAYED}


def _assert_whole(world: World) -> None:
    """What the flows in force repair is settled, and what a run that was not cancelled forced or discarded."""
    settled = {each.place.offset for each in world.settlements}
    mended = {record.offset for record in world.letters if b'"amount":"' in (record.value or b"")}
    assert mended <= settled
    for run in world.runs.values():
        assert run.done or run.state is RunState.CANCELLED
        if run.state is not RunState.CANCELLED and (run.kind is RunKind.DISCARD or run.is_forced):
            is_all = run.kind in (RunKind.DISCARD, RunKind.REPLAY)
            there = {record.offset for record in world.letters if record.offset < run.ends[HERE.partition]}
            assert not is_all or there <= settled


async def test_dead_letters_of_a_topic_made_anew_are_not_taken_for_those_that_were_settled_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    history = History()
    monkeypatch.setattr(learning, "scan", history.world.scan)
    history.put_in_force(MENDING)
    history.fail([1, 2, 3], is_text=True, attempt=0)
    await history.work([])
    assert len(history.world.settlements) == 3
    history.world.letters, history.world.end, history.world.position = [], 0, Position(0)
    history.fail([4], is_text=True, attempt=0)
    for share in (0.0, 1.0):
        history.forget(share)
        history.seats._desks[HERE.topic] = DESKS[MENDING.version]
        with pytest.raises(
            TopicAnewError, match=r"orders.dead-letters/2 ends at 2, .* delete orders.dead-letters.settled"
        ):
            await history.warden.tend(history.world.hold())
