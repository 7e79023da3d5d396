"""Runs trials beside the loop: flows of the contract in force, drafts, and flows that nobody has written yet."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from assay.api.recovery.v1 import recovery_pb2 as pb
from assay.contracts import Contract, ContractError, draft_flows
from assay.recovery.contracts_here import ContractsHere
from assay.recovery.errors import DraftError, OverloadedError, RequestError
from assay.recovery.letter import DeadLetter
from assay.recovery.orders import flows_of
from assay.recovery.proposals import Proposal, Proposals, Search
from assay.recovery.selecting import Selecting
from assay.recovery.selection import Selection
from assay.recovery.shelf import Shelf
from assay.recovery.store import Failure
from assay.recovery.trial import Trial, TrialResult
from assay.recovery.wire import limit_of

__all__ = ["Trials"]

TRIAL_S = 15.0
"""How long flows are tried; what it came to until then is told."""

TOGETHER = 25  # dead letters that are tried between two looks at the clock
LIMIT, MAX_LIMIT = 1_000, 10_000
EXAMPLES, MAX_EXAMPLES = 10, 100
MAX_DRAFT_BYTES = 256 * 1024


class Trials:
    """Fetches dead letters and tries flows on them, in a thread; no more than so many calls at a time."""

    def __init__(self, contracts: ContractsHere, selecting: Selecting, shelf: Shelf, max_calls: int = 2) -> None:
        self._contracts = contracts
        self._selecting = selecting
        self._shelf = shelf
        self._free_calls = max_calls

    async def run(self, request: pb.TryRecoveryRequest) -> TrialResult:
        """Try flows on what is selected, the newest dead letters first.

        Raises:
            RequestError, DraftError: the call can't be meant so.
            FlowUnknownError: the contract has no such flow.
            OverloadedError: too many are under way.
        """
        contract = self._contracts.named(request.selection.contract)
        selection = await self._selecting.read(request.selection, contract)
        limit = limit_of(request.limit, LIMIT, MAX_LIMIT)
        examples = limit_of(request.examples, EXAMPLES, MAX_EXAMPLES)
        with self._place():
            tried = await asyncio.to_thread(_with_draft, contract, request.draft, request.flow)
            desk = await asyncio.to_thread(self._contracts.desk, tried)
            trial = Trial(desk, request.flow, examples)
            await _take(trial, await self._letters(contract, selection, limit))
        return trial.result()

    async def propose(self, failure: Failure) -> Proposals:
        """Return flows that would repair a failure, each with what a dry run of it came to.

        Raises:
            ContractUnknownError: its contract is not in force.
            OverloadedError: too many are under way.
        """
        contract = self._contracts.named(failure.contract)
        selection = Selection(contract.id, failure=failure.fingerprint, since_ms=failure.first_seen_ms)
        with self._place():
            letters = await self._letters(contract, selection, LIMIT)
            search = await asyncio.to_thread(Search, contract, self._contracts.desk, letters)
            return search.result(await _tried(search))

    async def _letters(self, contract: Contract, selection: Selection, limit: int) -> Sequence[DeadLetter]:
        """Fetch what is selected; of a failure that lies far back, the samples that the index has."""
        found = await self._shelf.letters(contract, selection, limit)
        if found or not selection.failure:
            return found
        failure = await self._selecting.failure(selection.failure)
        places = frozenset(sample.place for sample in failure.samples)
        return await self._shelf.letters(contract, Selection(contract.id, places=places), limit) if places else []

    @contextmanager
    def _place(self) -> Iterator[None]:
        """Hold one of the places for calls under way; a full house sends the next one away."""
        if self._free_calls == 0:
            raise OverloadedError
        self._free_calls -= 1
        try:
            yield
        finally:
            self._free_calls += 1


async def _tried(search: Search) -> list[Proposal]:
    """Try what was found, or as much of it as there is time for."""
    loop, found = asyncio.get_running_loop(), []
    end_s = loop.time() + TRIAL_S
    for finding in search.findings:
        if proposal := await asyncio.to_thread(search.tried, finding):
            found.append(proposal)
        if loop.time() > end_s:
            break
    return found


async def _take(trial: Trial, letters: Sequence[DeadLetter]) -> None:
    """Try flows on all of them, or on as many as there is time for."""
    loop = asyncio.get_running_loop()
    end_s = loop.time() + TRIAL_S
    for start in range(0, len(letters), TOGETHER):
        await asyncio.to_thread(trial.take, letters[start : start + TOGETHER])
        if loop.time() > end_s:
            return


def _with_draft(contract: Contract, draft: str, flow: str) -> Contract:
    """Return the contract with the flows that are to be tried."""
    if not draft:
        flows_of(contract, flow)
        return contract
    if flow:
        raise RequestError("flow", "a draft is tried as it stands; leave the flow empty")
    if len(draft) > MAX_DRAFT_BYTES:
        raise RequestError("draft", f"it has {len(draft)} characters; at most {MAX_DRAFT_BYTES}")
    try:
        return replace(contract, flows=draft_flows(draft.encode(errors="replace"), contract))
    except ContractError as error:
        raise DraftError(error.findings) from error
