"""What the face of alerts asks of the history: breaches, evaluations, and how contracts stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from assay.alerts.breaches import Breach, Severity, State
from assay.alerts.promises.evaluation import Evaluation
from assay.alerts.watchers import is_at_least
from assay.api.alerts.v1.promise_pb2 import ContractStatus

__all__ = ["BreachQuery", "EvaluationQuery", "History", "meets"]


@dataclass(frozen=True, slots=True)
class BreachQuery:
    """Which breaches: empty or None is all. `limit` 0 is all, the oldest first; else the newest so many, newest first.

    `since_ms` keeps those that fired or were over since.
    """

    contract: str = ""
    state: State | None = None
    since_ms: int = 0
    severity: Severity = Severity.INFO
    limit: int = 0


@dataclass(frozen=True, slots=True)
class EvaluationQuery:
    """Which evaluations: of a fingerprint, or of a contract and promise; windows that end after `since_ms`, newest first."""

    fingerprint: str = ""
    contract: str = ""
    promise: str = ""
    since_ms: int = 0
    limit: int = 100


class History(Protocol):
    """What is kept of promises.

    Raises:
        StoreAwayError: from every method, when the store does not answer.
    """

    async def find(self, query: BreachQuery) -> Sequence[Breach]:
        """Return the breaches that are asked for."""
        ...

    async def beginning(self, breach: str, limit: int) -> Sequence[Breach]:
        """Return breaches whose id is this, or begins so."""
        ...

    async def over(self, breach: str) -> Sequence[Breach]:
        """Return the open breaches that this one causes."""
        ...

    async def evaluations(self, query: EvaluationQuery) -> Sequence[Evaluation]:
        """Return the newest revision of each window that is asked for."""
        ...

    async def statuses(self, contract: str) -> Sequence[ContractStatus]:
        """Return how a contract stands, or all of them, by id."""
        ...


def meets(breach: Breach, query: BreachQuery) -> bool:
    """Whether a breach is asked for; its contract is not looked at."""
    is_recent = (
        max(breach.fired.window_end_ms, breach.resolved.window_end_ms if breach.resolved else 0) >= query.since_ms
    )
    is_meant = query.state is None or breach.is_open == (query.state is State.FIRING)
    return is_recent and is_meant and is_at_least(breach.severity, query.severity)
