"""Takes orders for runs, and marks of failures: the audit knows each with who asked for it and why."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncGenerator, Callable, Collection

from assay.api.recovery.v1 import recovery_pb2 as pb
from assay.api.recovery.v1 import run_pb2
from assay.contracts import Contract
from assay.recovery import orders
from assay.recovery.actions import Actions
from assay.recovery.calls import Calls
from assay.recovery.contracts_here import ContractsHere
from assay.recovery.errors import IndexBehindError, LetterUnknownError, NotTriedError, RequestError, RunUnknownError
from assay.recovery.kept_value import hidden
from assay.recovery.letter import found
from assay.recovery.run import Run, RunKind
from assay.recovery.run_wire import run_message
from assay.recovery.selecting import Selecting
from assay.recovery.shelf import Shelf
from assay.recovery.store import Failure, RunAccount, Runs
from assay.runtime import Clock
from assay.runtime.caller import Actor
from assay.streaming import Source
from assay.streaming.keys import Keys
from assay.telemetry import get_logger

__all__ = ["RunDesk"]

MAX_NOTE = 2_000
LOOK_S = 0.3
"""Between two looks at a run that is watched."""

MAX_STARTS = 16
"""Calls that start a run at a time: each has consumers of its own."""

MAX_WATCHES = 100
"""Calls that watch at a time: each asks the store at every look."""


class RunDesk:
    """Writes what is asked for to the audit, from where the wards and the index take it."""

    def __init__(
        self,
        contracts: ContractsHere,
        selecting: Selecting,
        shelf: Shelf,
        runs: Runs,
        actions: Actions,
        keys: Keys | None,
        clock: Clock,
        new_id: Callable[[], str],
    ) -> None:
        self._contracts = contracts
        self._selecting = selecting
        self._shelf = shelf
        self._runs = runs
        self._actions = actions
        self._keys = keys
        self._clock = clock
        self._new_id = new_id
        self._starts, self._watches = Calls(MAX_STARTS), Calls(MAX_WATCHES)

    async def start(self, request: pb.StartRunRequest, actor: Actor) -> RunAccount:
        """Begin a run, and return it; one of this id that is there already is returned as it is."""
        actor, run_id = orders.signed(actor), orders.identity(request.id)
        if there := await self._runs.one(run_id):
            return there
        with self._starts.one():
            return await self._started(run_id, request, actor)

    async def _started(self, run_id: str, request: pb.StartRunRequest, actor: Actor) -> RunAccount:
        contract = self._contracts.named(request.selection.contract)
        selection = await self._selecting.read(request.selection, contract)
        kind, rate = orders.kind_of(request, selection), orders.rate_of(request)
        if kind is RunKind.RECOVER:
            await self._check_tried(contract, request.flow, is_forced=request.force)
        places = [Source.parse(place) for place in selection.places]
        await self._check_places(contract, places)
        if kind is RunKind.RESUBMIT:
            await self._keep(run_id, contract, places[0], request)
        run = Run(
            id=run_id,
            kind=kind,
            selection=selection,
            version=contract.version,
            ends=await self._shelf.ends(contract),
            actor=actor.name,
            why=actor.reason,
            started_ms=self._clock.now_ms(),
            flow=request.flow,
            is_forced=request.force,
            rate_per_s=rate,
            value_sha256=hashlib.sha256(request.value).hexdigest() if kind is RunKind.RESUBMIT else "",
        )
        await self._publish(f"{run_id}/started", contract.id, actor, started=run_message(run))
        return await self.one(run_id)

    async def change(self, request: pb.ChangeRunRequest, actor: Actor) -> RunAccount:
        """Pause, resume or cancel a run, and return it."""
        actor, account = orders.signed(actor), await self.one(orders.identity(request.id))
        orders.check_change(request.change, account.run)
        changed = run_pb2.RunChanged(run=account.run.id, change=request.change)
        name = f"{account.run.id}/{self._new_id()}"
        await self._publish(name, account.run.selection.contract, actor, changed=changed)
        return await self.one(account.run.id)

    async def one(self, run_id: str) -> RunAccount:
        """Return a run as it is now.

        Raises:
            RunUnknownError: there is none.
        """
        account = await self._runs.one(run_id)
        if account is None:
            raise RunUnknownError(run_id)
        return account

    async def watch(self, run_id: str) -> AsyncGenerator[RunAccount]:
        """Yield a run now and whenever it has moved, until it has ended.

        Raises:
            RunUnknownError: there is none.
            OverloadedError: too many are under way.
        """
        told = None
        with self._watches.one():
            while told is None or told.run.state not in orders.ENDED:
                account = await self.one(run_id)
                if account != told:
                    yield account
                    told = account
                if told.run.state not in orders.ENDED:
                    await asyncio.sleep(LOOK_S)

    async def mark(self, failure: Failure, request: pb.MarkFailureRequest, actor: Actor) -> None:
        """Say that a failure is known, or no longer."""
        actor = orders.signed(actor)
        if len(request.note) > MAX_NOTE:
            raise RequestError("note", f"it has {len(request.note)} characters; at most {MAX_NOTE}")
        marked = run_pb2.FailureMarked(fingerprint=failure.fingerprint, known=request.known, note=request.note)
        await self._publish(self._new_id(), failure.contract, actor, marked=marked)

    async def note_trial(self, trial: run_pb2.Trial, actor: Actor) -> None:
        """Say that flows of a contract were tried; the examples are not told."""
        tried = run_pb2.Trial.FromString(trial.SerializeToString())
        del tried.examples[:]
        try:
            await self._publish(self._new_id(), trial.contract, orders.named(actor), tried=tried)
        except IndexBehindError as error:  # what it came to is worth more than that the index knows of it at once
            get_logger().warning("trial.not_read_back", contract=trial.contract, error=str(error))

    async def _check_tried(self, contract: Contract, flow: str, *, is_forced: bool) -> None:
        """A trial of all flows of a version speaks for a run of them all."""
        flows = orders.flows_of(contract, flow)
        if is_forced or (not flow and await self._runs.has_passed(contract.id, contract.version, "", "")):
            return
        missing = [
            each.id
            for each in flows
            if not await self._runs.has_passed(contract.id, contract.version, each.id, each.digest)
        ]
        if missing:
            raise NotTriedError(missing)

    async def _check_places(self, contract: Contract, places: Collection[Source]) -> None:
        """Return where at each of these places stands a dead letter.

        Raises:
            LetterUnknownError: at one of them stands none.
        """
        missing = await self._shelf.missing(contract, places) if places else None
        if missing is not None:
            raise LetterUnknownError(str(missing))

    async def _keep(self, run_id: str, contract: Contract, place: Source, request: pb.StartRunRequest) -> None:
        """Keep the record that is resubmitted, sealed, until it is replayed."""
        record = (await self._shelf.at(contract, [place])).get(place)
        letter = None if record is None else found(record)
        if letter is None:  # its topic has let go of it just now, or another than validation wrote it
            raise LetterUnknownError(str(place))
        await asyncio.to_thread(
            orders.check_value,
            contract,
            letter,
            request.value,
            has_keys=self._keys is not None,
            is_forced=request.force,
        )
        await self._runs.keep_value(run_id, hidden(request.value, run_id, self._keys))

    async def _publish(
        self,
        action_id: str,
        contract: str,
        actor: Actor,
        *,
        started: run_pb2.Run | None = None,
        changed: run_pb2.RunChanged | None = None,
        marked: run_pb2.FailureMarked | None = None,
        tried: run_pb2.Trial | None = None,
    ) -> None:
        await self._actions.publish(
            run_pb2.Action(
                id=action_id,
                at_ms=self._clock.now_ms(),
                actor=actor.name,
                why=actor.reason,
                commit=actor.commit,
                contract=contract,
                started=started,
                changed=changed,
                marked=marked,
                tried=tried,
            )
        )
