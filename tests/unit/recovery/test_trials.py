"""A dry run of what is selected says what it is of, and a failure that lies far back is tried by its samples."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import SimpleNamespace

from assay.api.recovery.v1 import recovery_pb2 as pb
from assay.api.recovery.v1 import run_pb2
from assay.client import Version
from assay.contracts import Contract
from assay.recovery.contracts_here import ContractsHere
from assay.recovery.selecting import Selecting
from assay.recovery.selection import Selection
from assay.recovery.shelf import Fetched
from assay.recovery.trials import Trials
from tests.unit.recovery.dead import KEYS, contract_of, letters_of

CAST = {"id": "as_text", "when": {"reason": "schema", "path": "/amount"}, "steps": [{"cast": {"amount": "integer"}}]}
CONTRACT = contract_of({"name": "amount", "logicalType": "integer"}, flows=[CAST])
LETTERS = letters_of(CONTRACT, [{"amount": "1"}, {"amount": "x"}])
FAR = "the newest 200,000 dead letters of the contract"


class Told:
    contracts: Mapping[str, Contract] = {CONTRACT.id: CONTRACT}
    versions: Mapping[str, Mapping[str, Version]] = {}
    is_ready = True


@dataclass
class Stand:
    """A shelf that has dead letters at their places alone: they lie too far back for anything else."""

    is_near: bool
    asked: list[Selection] = field(default_factory=list)

    async def letters(self, contract: Contract, selection: Selection, limit: int) -> Fetched:
        self.asked.append(selection)
        if self.is_near:
            return Fetched(LETTERS, f"{limit:,} dead letters")
        return Fetched([each for each in LETTERS if each.place in selection.places], "" if selection.places else FAR)


class Failures:
    async def one(self, prefix: str) -> object:
        samples = [SimpleNamespace(place=each.place) for each in LETTERS]
        return SimpleNamespace(fingerprint=LETTERS[0].failure, contract=CONTRACT.id, is_rest=False, samples=samples)


def trials(shelf: Stand) -> Trials:
    selecting = Selecting(Failures())  # type: ignore[arg-type]  # it knows one failure as the index does
    return Trials(ContractsHere(Told(), KEYS), selecting, shelf)  # type: ignore[arg-type]  # it fetches as a Shelf does


async def tried(shelf: Stand, **said: object) -> tuple[int, int, str]:
    selection = run_pb2.Selection(contract=CONTRACT.id, **said)  # type: ignore[arg-type]  # by name
    found = await trials(shelf).run(pb.TryRecoveryRequest(selection=selection, limit=2))
    return found.tried, found.would_pass, found.stopped_at


async def test_a_dry_run_says_at_what_it_ended() -> None:
    assert await tried(Stand(is_near=True)) == (2, 1, "2 dead letters")


async def test_a_failure_that_lies_far_back_is_tried_by_its_samples_within_the_other_filters() -> None:
    shelf = Stand(is_near=False)
    assert await tried(shelf, failure=LETTERS[0].failure, since_ms=7) == (2, 1, f"samples: {FAR} hold none")
    assert [each.since_ms for each in shelf.asked] == [7, 7]


async def test_single_places_at_which_nothing_is_open_stand_for_nothing_else() -> None:
    shelf = Stand(is_near=False)
    assert await tried(shelf, failure=LETTERS[0].failure, places=["orders.dead-letters/0/77"]) == (0, 0, "")


async def test_nothing_is_proposed_for_failures_that_are_one_too_many_and_nothing_read() -> None:
    shelf, rest = Stand(is_near=True), SimpleNamespace(contract=CONTRACT.id, is_rest=True)
    found = await trials(shelf).propose(rest)  # type: ignore[arg-type]  # what is asked of a failure first
    assert (found.proposals, shelf.asked) == ((), [])
    assert "nothing in common" in found.explanation
