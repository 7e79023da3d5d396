"""The history as it is kept: breaches, what promises came to window by window, and how they stand."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import sqlalchemy as sa

from assay.alerts import breach_rows
from assay.alerts.answers import evaluation_message
from assay.alerts.breaches import Breach
from assay.alerts.history import BreachQuery, EvaluationQuery, meets
from assay.alerts.panes.standing import Standing
from assay.alerts.promises import history
from assay.alerts.promises.evaluation import Evaluation
from assay.alerts.promises.evaluator import Evaluator
from assay.alerts.promises.standing import ContractStanding, PartitionStanding, PromiseStanding
from assay.alerts.promises.status import Status
from assay.api.alerts.v1 import promise_pb2 as pb
from assay.runtime.database import Database

__all__ = ["KeptHistory"]

STATUSES = {
    Status.KEPT: pb.STATUS_KEPT,
    Status.AT_RISK: pb.STATUS_AT_RISK,
    Status.BROKEN: pb.STATUS_BROKEN,
    Status.UNKNOWN: pb.STATUS_UNKNOWN,
}
STANDINGS = {
    Standing.MOVING: pb.STANDING_MOVING,
    Standing.IDLE: pb.STANDING_IDLE,
    Standing.STUCK: pb.STANDING_STUCK,
    Standing.DEAD: pb.STANDING_DEAD,
}
Windows = dict[str, Evaluation]


class KeptHistory:
    """Reads what the store of alerts keeps.

    Raises:
        StoreAwayError: from every method, when the store does not answer.
    """

    def __init__(self, database: Database, evaluator: Evaluator) -> None:
        self._database = database
        self._evaluator = evaluator

    async def find(self, query: BreachQuery) -> Sequence[Breach]:
        """Return the breaches that are asked for."""
        kept = await self._database.run(partial(breach_rows.listed, contract=query.contract))
        found = [each for each in kept if meets(each, query)]
        return found[: -query.limit - 1 : -1] if query.limit else found

    async def beginning(self, breach: str, limit: int) -> Sequence[Breach]:
        """Return breaches whose id is this, or begins so."""
        return await self._database.run(partial(breach_rows.beginning, text=breach, most=limit))

    async def over(self, breach: str) -> Sequence[Breach]:
        """Return the open breaches that this one causes."""
        return await self._database.run(partial(breach_rows.under, breach=breach))

    async def evaluations(self, query: EvaluationQuery) -> Sequence[Evaluation]:
        """Return the newest revision of each window that is asked for."""
        asked = partial(
            history.listed,
            fingerprint=query.fingerprint,
            contract=query.contract,
            promise=query.promise,
            since_ms=query.since_ms,
            most=query.limit,
            newest_alone=True,
        )
        return await self._database.run(asked)

    async def statuses(self, contract: str) -> Sequence[pb.ContractStatus]:
        """Return how a contract stands, or all of them, by id."""
        found = await self._evaluator.standings(contract)
        places = [
            (each.fingerprint, each.start_ms) for one in found for each in one.promises if each.start_ms is not None
        ]
        windows = await self._database.run(partial(_windows, places))
        return [_contract(each, windows) for each in found]


def _windows(places: Sequence[tuple[str, int]], connection: sa.Connection) -> Windows:
    """The newest window of each promise, by fingerprint."""
    found = {fingerprint: history.newest_of(connection, fingerprint, start_ms) for fingerprint, start_ms in places}
    return {fingerprint: each for fingerprint, each in found.items() if each is not None}


def _contract(standing: ContractStanding, windows: Windows) -> pb.ContractStatus:
    return pb.ContractStatus(
        contract=standing.contract,
        version=standing.version,
        status=STATUSES[standing.status],
        promises=[_promise(each, windows.get(each.fingerprint)) for each in standing.promises],
        watermark_ms=standing.watermark_ms,
        partitions=map(_partition, standing.partitions),
    )


def _promise(standing: PromiseStanding, newest: Evaluation | None) -> pb.PromiseStatus:
    return pb.PromiseStatus(
        promise=standing.promise,
        fingerprint=standing.fingerprint,
        promised=standing.promised,
        status=STATUSES[standing.status],
        why=standing.why,
        latest=evaluation_message(newest) if newest is not None else None,
        burn_rates=[pb.BurnRate(over_s=each.over_s, rate=each.rate, records=each.records) for each in standing.burns],
        breach=standing.breach,
    )


def _partition(standing: PartitionStanding) -> pb.PartitionStanding:
    return pb.PartitionStanding(
        topic=standing.place.topic,
        partition=standing.place.partition,
        standing=STANDINGS[standing.standing],
        next_offset=standing.next_offset,
        log_end=standing.log_end,
    )
