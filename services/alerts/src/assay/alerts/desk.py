"""What the calls about breaches come to: each with all that is said of it, and how promises stand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from assay.alerts.answers import alert_message, breach_message, evaluation_message, said_message
from assay.alerts.asked import MAX_TEXT
from assay.alerts.breaches import Breach, State
from assay.alerts.delivery.standing import posted
from assay.alerts.delivery.store import DeliveryStore
from assay.alerts.errors import BreachUnknownError, ContractUnknownError
from assay.alerts.history import BreachQuery, EvaluationQuery, History
from assay.alerts.messages.saying import say
from assay.alerts.promises.evaluation import Evaluation
from assay.alerts.routing.excess import held_to, limit_of
from assay.alerts.routing.router import Router
from assay.api.alerts.v1 import alerts_pb2 as pb
from assay.api.alerts.v1.promise_pb2 import ContractStatus, PromiseStatus
from assay.contracts import Contract
from assay.contracts.words import did_you_mean

__all__ = ["Desk"]

LATELY, MOST_LATELY = 24, 200
"""Windows of a picture, and promises of one answer that get one."""


class Desk:
    """Reads the history and the outbox; changes neither.

    Raises:
        StoreAwayError: from every call, when the store does not answer.
    """

    def __init__(
        self, history: History, deliveries: DeliveryStore, router: Router, contracts: Mapping[str, Contract]
    ) -> None:
        self._history = history
        self._deliveries = deliveries
        self._router = router
        self._contracts = contracts

    async def breaches(self, query: BreachQuery) -> list[pb.Breach]:
        """Return the breaches that are asked for, without their evidence and without those that they cause."""
        return [self.told(replace(breach, evidence=())) for breach in await self._history.find(query)]

    def told(self, breach: Breach) -> pb.Breach:
        """Return a breach as it is known by itself."""
        return breach_message(self._router.subject(breach))

    async def breach(self, id_: str) -> pb.GetBreachResponse:
        """Return one breach with what it causes, its alerts, and what people are told.

        Raises:
            BreachUnknownError: none has this id, and not just one begins so.
        """
        breach = await self.one(id_)
        over = await self._history.over(breach.id)
        subject = self._router.subject(breach, over)
        alerts = await self._deliveries.read(lambda connection: posted(connection, breach.id))
        state = State.FIRING if breach.is_open else State.RESOLVED
        return pb.GetBreachResponse(
            breach=breach_message(subject),
            alerts=map(alert_message, alerts),
            message=said_message(say(subject, state)),
            over=[self.told(each) for each in over],
        )

    async def one(self, id_: str) -> Breach:
        """Return the breach of an id, or the only one whose id begins so.

        Raises:
            BreachUnknownError: there is none, or more than one.
        """
        found = await self._history.beginning(id_, 2) if 0 < len(id_) <= MAX_TEXT else []
        exact = [each for each in found if each.id == id_]
        if len(exact or found) != 1:
            raise BreachUnknownError(id_)
        return (exact or list(found))[0]

    async def evaluations(self, query: EvaluationQuery) -> Sequence[Evaluation]:
        """Return what promises came to, the newest windows first."""
        return await self._history.evaluations(query)

    async def statuses(self, contract: str) -> list[ContractStatus]:
        """Return how a contract stands, or all, each promise with its newest windows and its limit.

        Raises:
            ContractUnknownError: nobody knows the contract.
        """
        found = list(await self._history.statuses(contract))
        if contract and not found and contract not in self._contracts:
            raise ContractUnknownError(contract, did_you_mean(contract[:80], self._contracts))
        promises = [(status.contract, each) for status in found for each in status.promises]
        for name, promise in promises:
            self._limit(name, promise)
        for _, promise in promises[:MOST_LATELY]:
            if not promise.lately:
                promise.lately.extend(map(evaluation_message, await self._lately(promise.fingerprint)))
        return found

    async def _lately(self, fingerprint: str) -> list[Evaluation]:
        newest = await self._history.evaluations(EvaluationQuery(fingerprint, limit=LATELY))
        return list(newest)[::-1]

    def _limit(self, contract: str, status: PromiseStatus) -> None:
        held = held_to(self._contracts.get(contract))
        limit = next((limit_of(each) for each in held if each.id == status.promise), None)
        if limit is not None:
            status.limit = limit
