"""An order for a run is checked where its dead letters stand, and what it resubmits is kept sealed."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import pytest

from assay.api.recovery.v1 import recovery_pb2 as pb
from assay.api.recovery.v1 import run_pb2
from assay.client import Version
from assay.contracts import Contract
from assay.recovery.contracts_here import ContractsHere
from assay.recovery.errors import LetterUnknownError
from assay.recovery.kept_value import revealed
from assay.recovery.run import RunState
from assay.recovery.run_desk import RunDesk
from assay.recovery.selecting import Selecting
from assay.recovery.store import RunAccount
from assay.recovery.store.run_reading import run_of
from assay.runtime import SystemClock
from assay.runtime.caller import Actor
from assay.streaming import Record, Source, headers
from tests.unit.recovery.dead import KEYS, contract_of, record_of

CONTRACT = contract_of({"name": "amount", "logicalType": "integer"})
LETTER = record_of(CONTRACT, b'{"id":"1","amount":"x"}')
PLACE = str(headers.source_of(LETTER))
RUN = "3b1f6f0e-7a7b-4d0e-8a52-0f5a8f3f2f11"
GOOD = b'{"id":"1","amount":1}'


class Told:
    contracts: Mapping[str, Contract] = {CONTRACT.id: CONTRACT}
    versions: Mapping[str, Mapping[str, Version]] = {}
    is_ready = True


class Log:
    """The one dead letter, wherever it is asked for."""

    async def missing(self, contract: Contract, places: Collection[Source]) -> Source | None:
        return min({*places} - {headers.source_of(LETTER)}, default=None)

    async def at(self, contract: Contract, places: Collection[Source]) -> dict[Source, Record]:
        return {headers.source_of(LETTER): LETTER}

    async def ends(self, contract: Contract) -> dict[int, int]:
        return {0: 1}


class Index:
    """Knows a run as soon as it is published, and keeps values."""

    def __init__(self) -> None:
        self.started: list[run_pb2.Run] = []
        self.values: dict[str, bytes] = {}

    async def publish(self, action: run_pb2.Action) -> None:
        self.started.append(action.started)

    async def keep_value(self, run: str, sealed: bytes) -> None:
        self.values[run] = sealed

    async def one(self, run: str) -> RunAccount | None:
        return (
            RunAccount(run_of(self.started[0], RunState.RUNNING, frozenset()), (), 0, 0, ()) if self.started else None
        )


async def start(index: Index, place: str) -> RunAccount:
    contracts, log = ContractsHere(Told(), KEYS), Log()
    desk = RunDesk(contracts, Selecting(index), log, index, index, KEYS, SystemClock(), str)  # type: ignore[arg-type]  # they answer as index, log and audit do
    selection = run_pb2.Selection(contract=CONTRACT.id, places=[place])
    request = pb.StartRunRequest(id=RUN, kind=run_pb2.RUN_KIND_RESUBMIT, selection=selection, value=GOOD)
    return await desk.start(request, Actor("ana", "mended"))


async def test_a_record_is_resubmitted_in_place_of_its_dead_letter_and_kept_sealed() -> None:
    index = Index()
    account = await start(index, PLACE)
    assert (account.run.selection.places, account.run.ends) == (frozenset({PLACE}), {0: 1})
    assert revealed(index.values[RUN], RUN, KEYS) == GOOD
    assert GOOD not in index.values[RUN]


async def test_a_place_where_no_dead_letter_stands_starts_nothing() -> None:
    index = Index()
    with pytest.raises(LetterUnknownError):
        await start(index, "orders.dead-letters/0/77")
    assert (index.started, index.values) == ([], {})


async def test_a_run_that_is_there_is_answered_as_it_is() -> None:
    index = Index()
    await start(index, PLACE)
    await start(index, "orders.dead-letters/0/77")
    assert len(index.started) == 1
