"""Runs trials beside the loop: flows of the contract in force, drafts, and flows that nobody has written yet."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from assay.api.recovery.v1 import recovery_pb2 as pb
from assay.contracts import Contract, ContractError, draft_flows
from assay.recovery.calls import Calls, in_thread
from assay.recovery.contracts_here import ContractsHere
from assay.recovery.errors import DraftError, RequestError
from assay.recovery.letter import DeadLetter
from assay.recovery.orders import flows_of
from assay.recovery.proposals import Proposal, Proposals, Search
from assay.recovery.selecting import Selecting
from assay.recovery.selection import Selection
from assay.recovery.shelf import Fetched, Shelf
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
        self._calls = Calls(max_calls)

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
        with self._calls.one():
            tried = await in_thread(_with_draft, contract, request.draft, request.flow)
            desk = await in_thread(self._contracts.desk, tried)
            trial, fetched = Trial(desk, request.flow, examples), await self._fetched(contract, selection, limit)
            is_whole = await _take(trial, fetched.letters)
        return trial.result(fetched.stopped_at if is_whole else f"{TRIAL_S:g} s")

    async def propose(self, failure: Failure) -> Proposals:
        """Return flows that would repair a failure, each with what a dry run of it came to.

        Raises:
            ContractUnknownError: its contract is not in force.
            OverloadedError: too many are under way.
        """
        contract = self._contracts.named(failure.contract)
        if failure.is_rest:
            return Proposals((), "it holds all failures that are one too many, which have nothing in common")
        selection = Selection(contract.id, failure=failure.fingerprint, since_ms=failure.first_seen_ms)
        with self._calls.one():
            fetched = await self._fetched(contract, selection, LIMIT)
            search = await in_thread(Search, contract, self._contracts.desk, fetched.letters, fetched.stopped_at)
            return search.result(await _tried(search))

    async def _fetched(self, contract: Contract, selection: Selection, limit: int) -> Fetched:
        """Fetch what is selected; of a failure that lies too far back, the samples that the index has."""
        found = await self._shelf.letters(contract, selection, limit)
        if found.letters or not found.stopped_at or not selection.failure:
            return found
        failure = await self._selecting.failure(selection.failure)
        if not failure.samples:
            return found
        sampled = replace(selection, places=frozenset(sample.place for sample in failure.samples))
        return replace(
            await self._shelf.letters(contract, sampled, limit), stopped_at=f"samples: {found.stopped_at} hold none"
        )


async def _tried(search: Search) -> list[Proposal]:
    """Try what was found, or as much of it as there is time for."""
    loop, found = asyncio.get_running_loop(), []
    end_s = loop.time() + TRIAL_S
    for finding in search.findings:
        if proposal := await in_thread(search.tried, finding):
            found.append(proposal)
        if loop.time() > end_s:
            break
    return found


async def _take(trial: Trial, letters: Sequence[DeadLetter]) -> bool:
    """Try flows on all of them, or on as many as there is time for; return whether it was all."""
    loop = asyncio.get_running_loop()
    end_s = loop.time() + TRIAL_S
    for start in range(0, len(letters), TOGETHER):
        if loop.time() > end_s:
            return False
        await in_thread(trial.take, letters[start : start + TOGETHER])
    return True


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
