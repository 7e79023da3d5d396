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
from assay.contracts.model import Ordered
from assay.recovery import errand, learning
from assay.recovery.board import Board
from assay.recovery.desk import Desk
from assay.recovery.errors import TopicAnewError
from assay.recovery.run import Run, RunKind, RunState
from assay.recovery.seats import Seats
from assay.recovery.selection import Selection
from assay.recovery.settlement import Outcome
from assay.recovery.ward import LetterWarden
from assay.streaming import headers
from assay.streaming.hold import Position
from tests.unit.recovery.letters import ARRIVED_MS, contract, dead
from tests.unit.recovery.world import HERE, IdleError, LostError, World

MOST = 3
PLAIN, MENDING = "1.0.0", "1.1.0"
CONTRACTS = (contract(PLAIN, run="on-request"), contract(MENDING))
TOLD = {"orders": {one.version: Version(at, one.id, one.version, one.text, 0) for at, one in enumerate(CONTRACTS)}}
ORDERED = Ordered(timeout_s=60, max_held=1_000)
DESKS = {
    (one.version, ordered): Desk(replace(one, ordered=ordered), TOLD["orders"])
    for one in CONTRACTS
    for ordered in (None, ORDERED)
}
VALUES = {
    "text": b'{"id":"1","amount":"%d"}',
    "object": b'{"id":"1","amount":{"is":%d}}',
    "held": b'{"id":"1","amount":%d}',
}
KINDS = (RunKind.RECOVER, RunKind.REPLAY, RunKind.DISCARD)
ENDED = (RunState.CANCELLED, RunState.DONE)


class Step(Protocol):
    def __call__(self, history: History) -> None: ...


class History:
    """One partition, and the process that has it in hand. It is the clock too: no time passes but where a test says so."""

    def __init__(self, ordered: Ordered | None = None) -> None:
        self.world = World()
        self.in_force = PLAIN
        self.at_ms = ARRIVED_MS
        self._ordered = ordered
        self._begin()

    def now_ms(self) -> int:
        return self.at_ms

    def _begin(self) -> None:
        """Be a process that knows nothing yet."""
        self.seats = Seats(lambda: TOLD)
        self.board = Board("broker", self.world)
        self.warden = LetterWarden("broker", HERE, self.seats, self.board, self.world, self, MOST)
        self.seats._desks[HERE.topic] = DESKS[self.in_force, self._ordered]

    def fail(self, amounts: list[int], kind: str = "text", attempt: int = 0) -> None:
        for amount in amounts:
            marks = {"attempt": str(attempt), "source": f"orders.raw.app/2/{self.world.end}"}
            if self._ordered:
                marks |= {"key_hash": str(amount % 3), "reason": "held" if kind == "held" else "schema"}
            self.world.die(dead(VALUES[kind] % amount, **marks))

    def put_in_force(self, version: str) -> None:
        self.in_force = version
        self.seats._desks[HERE.topic] = DESKS[self.in_force, self._ordered]

    def ask(self, kind: RunKind, *, is_forced: bool, places: frozenset[str] = frozenset()) -> None:
        run_id = f"r{len(self.world.runs)}"
        ends = {HERE.partition: self.world.end}
        run = Run(
            run_id, kind, Selection("orders", places=places), "1.0.0", ends, "ana", "mended", 1, is_forced=is_forced
        )
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
        await self.board._hear(await self.world.active())
        with pytest.raises((IdleError, LostError)):
            await self.warden.tend(self.world.hold())


DEATHS = st.builds(
    lambda amounts, kind, attempt: lambda history: history.fail(amounts, kind, attempt),
    st.lists(st.integers(0, 9), min_size=1, max_size=8), st.sampled_from(sorted(VALUES)), st.integers(0, 2),
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


@settings(max_examples=200, deadline=None)
@given(HISTORIES)
def test_in_an_ordered_contract_none_goes_back_before_an_open_one_of_its_key_and_none_waits_for_ever(
    steps: list[tuple[Step, list[tuple[int, str]]]],
) -> None:
    history = History(ORDERED)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(learning, "scan", history.world.scan)
        asyncio.run(_live(history, steps))
        _assert_in_line(history.world)
        history.at_ms += ORDERED.timeout_s * 1000
        asyncio.run(history.work([]))
    _assert_exact(history.world)
    settled = {each.place.offset for each in history.world.settlements}
    assert {record.offset for record in history.world.letters if b'"is"' not in (record.value or b"")} <= settled


def _assert_in_line(world: World) -> None:
    """While those before it are waited for, nothing goes back that is behind one of them."""
    keys = {record.offset: record.header(headers.KEY_HASH) for record in world.letters}
    settled: set[int] = set()
    for each in world.settlements:
        before = {offset for offset in keys if offset < each.place.offset and keys[offset] == keys[each.place.offset]}
        assert each.outcome is not Outcome.REPLAYED or before <= settled
        settled.add(each.place.offset)


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
    history.fail([1, 2, 3])
    await history.work([])
    assert len(history.world.settlements) == 3
    history.world.letters, history.world.end, history.world.position = [], 0, Position(0)
    history.fail([4])
    for share in (0.0, 1.0):
        history.forget(share)
        with pytest.raises(
            TopicAnewError, match=r"orders.dead-letters/2 ends at 2, .* delete orders.dead-letters.settled"
        ):
            await history.warden.tend(history.world.hold())


async def test_a_run_does_not_go_past_dead_letters_that_it_may_have_to_wait_behind(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    history = History(ORDERED)
    monkeypatch.setattr(learning, "scan", history.world.scan)
    monkeypatch.setattr(errand, "FAR", 0)
    history.fail([0] * MOST)
    history.fail([1, 1])
    only = frozenset({f"orders.dead-letters/2/{history.world.letters[-1].offset}"})
    history.ask(RunKind.REPLAY, is_forced=True, places=only)
    await history.work([])
    assert history.world.settlements == []
    assert history.world.runs["r0"].done
