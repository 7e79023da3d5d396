"""Plays histories chapter by chapter: what people do runs while the services are struck, then all must be as foretold."""

from __future__ import annotations

import asyncio
import uuid
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from assay.api.recovery.v1 import recovery_pb2 as pb
from assay.api.recovery.v1 import run_pb2
from assay.testkit import eventually
from tests.integration.recovery.histories_model import Deed, Features, Kind, State, Status, born, outcomes, value_of
from tests.integration.recovery.histories_plot import Act, Chapter
from tests.integration.recovery.histories_stage import Stage
from tests.integration.recovery.histories_truth import Truth, read_truth

__all__ = ["Play"]

STILL_S = 120.0
SHOWN = 10
KINDS = {
    Kind.REPLAY: run_pb2.RUN_KIND_REPLAY,
    Kind.RECOVER: run_pb2.RUN_KIND_RECOVER,
    Kind.DISCARD: run_pb2.RUN_KIND_DISCARD,
    Kind.RESUBMIT: run_pb2.RUN_KIND_RESUBMIT,
}

Foretold = Mapping[int, frozenset[State]]


@dataclass(slots=True)
class Play:
    """What is known of each record at the end of a chapter: its state, and where its dead letter is."""

    stage: Stage
    features: Features = field(default_factory=Features)
    truth: Truth = field(default_factory=Truth)
    runs: int = 0
    deeds: Counter[str] = field(default_factory=Counter)
    late: dict[int, list[Deed]] = field(default_factory=dict)
    """Of runs that were cancelled: what was under way then may still come, up to the end of the next chapter."""

    async def play(self, chapter: Chapter) -> None:
        """Play a chapter to its end.

        Raises:
            AssertionError: a record is twice somewhere, or not where it must be.
        """
        if chapter.features != self.features:
            await self.stage.change(chapter.features)
        await self.stage.bear(chapter.born)
        taken = await self._act_under_blows(chapter)
        self.deeds.update(str(act.deed.kind) for act in taken)
        await self.stage.adopted()
        self.truth = await self._settled(self._foretold(chapter, taken))
        self.features = chapter.features

    async def end(self) -> None:
        """Have the index lost and rebuilt: it says the same as before and as the topics, and nothing moves.

        Raises:
            AssertionError: it does not, or something moved.
        """
        known = await self._indexed()
        await self.stage.drop_index()
        assert await self._indexed() == known
        truth = await self._settled({number: frozenset([state]) for number, state in self.truth.states.items()})
        assert truth.strays == []

    def tally(self) -> str:
        """How many records ended where, and what was done."""
        ends = Counter(str(state.status) for state in self.truth.states.values())
        return f"{dict(ends)} after {self.runs} runs: {dict(self.deeds)}"

    async def _act_under_blows(self, chapter: Chapter) -> list[Act]:
        """Start every run, strike, and see to those that wait; returns what was started."""
        async with asyncio.TaskGroup() as group:
            blow = group.create_task(self.stage.strike(chapter.blow, chapter.point))
            acts = [group.create_task(self._act(act, blow)) for act in chapter.acts]
        return [taken for act in acts if (taken := act.result())]

    async def _act(self, act: Act, blow: asyncio.Task[None]) -> Act | None:
        """Start the runs of an act; None where there is nothing to do any more, or all were refused."""
        places = [self.truth.places[number] for number in act.numbers if number in self.truth.places]
        if not (places or act.deed.sweeps):
            return None
        ids = [str(uuid.uuid4()) for _ in range(act.operators)]
        async with asyncio.TaskGroup() as group:
            started = [group.create_task(self.stage.start_run(self._request(act, id_, places))) for id_ in ids]
        taken = [id_ for id_, one in zip(ids, started, strict=True) if one.result()]
        self.runs += len(taken)
        if act.change == "cancel":
            await self._change(taken, run_pb2.RUN_CHANGE_CANCEL)
        elif act.change == "pause":
            await self._change(taken, run_pb2.RUN_CHANGE_PAUSE)
            await asyncio.wait([blow])
            await self._change(taken, run_pb2.RUN_CHANGE_RESUME)
        return replace(act, operators=len(taken)) if taken else None

    async def _change(self, runs: Sequence[str], change: run_pb2.RunChange.ValueType) -> None:
        for run in runs:
            await self.stage.change_run(run, change)

    def _request(self, act: Act, id_: str, places: Sequence[str]) -> pb.StartRunRequest:
        selection = run_pb2.Selection(contract=self.stage.contract.id, places=places)
        if act.deed.sweeps:
            selection = run_pb2.Selection(
                contract=self.stage.contract.id, reason="schema", path="/amount", rule="minimum"
            )
        is_resubmitted = act.deed.kind is Kind.RESUBMIT
        return pb.StartRunRequest(
            id=id_,
            kind=KINDS[act.deed.kind],
            selection=selection,
            flow="word" if act.deed.kind is Kind.RECOVER else "",
            force=act.deed.is_forced or act.deed.kind is Kind.RECOVER,
            rate_per_s=act.rate_per_s,
            value=value_of(act.numbers[0], act.deed.edited) if is_resubmitted else None,
        )

    def _foretold(self, chapter: Chapter, taken: Sequence[Act]) -> Foretold:
        """Every state that each record may be in when the chapter is over."""
        mine = defaultdict[int, list[Deed]](list)
        for act in taken:
            for number in act.numbers:
                mine[number] += [act.deed] * act.operators
        sweeping = [act.deed for act in taken if act.deed.sweeps for _ in range(act.operators)]
        found, late = {}, self.late
        self.late = {}
        for number, state in self.truth.states.items():
            deeds = [replace(deed, attempt=state.attempt) for deed in (*mine[number], *sweeping)]
            self.late[number] = [deed for deed in deeds if not deed.is_sure]
            deeds += late.get(number, [])
            found[number] = outcomes(frozenset([state]), self.features, chapter.features, tuple(deeds))
        for number, ill in chapter.born:
            first = born(ill, self.features, chapter.features)
            found[number] = outcomes(first, self.features, chapter.features, tuple(sweeping))
        return found

    async def _settled(self, foretold: Foretold) -> Truth:
        """Return where everything is once all runs have ended and each record is where it may be."""
        wrong: list[str] = []

        async def ask() -> Truth | None:
            if runs := await self.stage.open_runs():
                wrong[:] = [f"run {run} has not ended" for run in runs]
                return None
            truth = await read_truth(self.stage.broker.bootstrap, self.stage.contract)
            assert truth.faults == [], truth.faults[:SHOWN]
            wrong[:] = [
                f"h{number} is {truth.states.get(number)}, waits for {truth.waits.get(number)}, may be {sorted(map(str, states))}"
                for number, states in foretold.items()
                if truth.states.get(number) not in states
            ]
            return None if wrong else truth

        try:
            truth = await eventually(ask, within_s=STILL_S)
        except TimeoutError:
            raise AssertionError(f"{len(wrong)} wrong: {wrong[:SHOWN]}") from None
        assert truth is not None
        return truth

    async def _indexed(self) -> dict[str, tuple[int, ...]]:
        """Return what the index says of each failure, once it is what the topics say in sum."""
        states = Counter(state.status for state in self.truth.states.values())
        replayed = self.truth.dead_letters - states[Status.OPEN] - states[Status.DISCARDED] - states[Status.QUARANTINED]
        true = (
            self.truth.dead_letters, replayed, states[Status.OPEN], states[Status.DISCARDED], states[Status.QUARANTINED],
            replayed,
        )  # fmt: skip
        said: dict[str, tuple[int, ...]] = {}

        async def ask() -> bool:
            said.clear()
            for each in await self.stage.failures():
                said[each.fingerprint] = (
                    each.dead_letters, each.replayed, each.open, each.discarded, each.quarantined,
                    each.passed + each.returned, each.first_seen_ms, each.last_seen_ms, each.status,
                )  # fmt: skip
            return tuple(map(sum, zip(*said.values(), strict=True)))[: len(true)] == true

        try:
            await eventually(ask, within_s=STILL_S)
        except TimeoutError:
            raise AssertionError(f"the index says {said}, and {true} in all is true") from None
        return dict(said)
