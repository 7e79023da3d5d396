"""The book of breaches: each move of one is kept with its alerts, and under what caused it, in one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Protocol

import sqlalchemy as sa

from assay.alerts import breach_rows
from assay.alerts.breaches import Breach, Kind, Measurement, State, Step
from assay.alerts.promises import history
from assay.alerts.promises.causes import Lineage, cause_of, lineage
from assay.alerts.promises.clocks import ANY_CONTRACT
from assay.alerts.promises.evaluation import Evaluation
from assay.contracts import Contract

__all__ = ["EVIDENCE", "Book", "Herald"]

EVIDENCE = 30
"""Windows that are kept with a breach, as it fires and as it is over."""


class Herald(Protocol):
    """Says who hears of a breach, and sees to it that they do."""

    def opened(self, breach: Breach) -> Breach:
        """Return a breach that fires with who is to hear of it, and how bad it is."""
        ...

    def post(self, connection: sa.Connection, breach: Breach, state: State, over: Sequence[Breach]) -> None:
        """Keep the alerts about its firing or its end, in this transaction; `over` are the breaches it causes."""
        ...


class Book:
    """Keeps breaches in the transaction of whoever asks; people are told of each once, and once that it is over."""

    def __init__(self, contracts: Mapping[str, Contract], herald: Herald) -> None:
        self._contracts = contracts
        self._herald = herald
        self._known: tuple[tuple[Contract, ...], Lineage] = ((), Lineage())

    def move(self, connection: sa.Connection, step: Step, now_ms: int) -> Step:
        """Keep what a step makes of a breach; return it as it was kept, with what people are told of it.

        One that another open breach has caused is kept under that one, and nobody is told of it.
        """
        if step.breach is None:
            return step
        if step.notice is None:
            breach_rows.keep(connection, step.breach)
            return step
        if step.notice is State.FIRING:
            return self._fire(connection, step.breach, now_ms)
        return self._end(connection, step.breach, now_ms)

    def tell(self, connection: sa.Connection, breach: Breach) -> Breach:
        """Tell people of an open breach that was kept under another."""
        told = self._herald.opened(replace(breach, under="", is_told=True, evidence=self._evidence(connection, breach)))
        breach_rows.keep(connection, told)
        self._herald.post(connection, told, State.FIRING, breach_rows.under(connection, told.id))
        return told

    def cause(self, connection: sa.Connection, measurement: Measurement, breach: str, now_ms: int) -> Breach | None:
        """Return the open breach that has most likely caused what a measurement says."""
        if measurement.kind is Kind.INVALID_RECORDS:
            return None
        upstream = self._lineage()
        near = {ANY_CONTRACT, measurement.contract, *upstream.of(measurement.contract)}
        found = breach_rows.open_ones(connection, near)
        others = [each for each in found if each.id != breach and each.under != breach]
        return cause_of(measurement, self._contracts, others, upstream, now_ms) if others else None

    def _lineage(self) -> Lineage:
        """What is upstream of what; found anew when a contract changes."""
        in_force = tuple(self._contracts.values())
        if in_force != self._known[0]:
            self._known = in_force, lineage(self._contracts)
        return self._known[1]

    def _fire(self, connection: sa.Connection, breach: Breach, now_ms: int) -> Step:
        cause = self.cause(connection, breach.fired, breach.id, now_ms)
        evidence = self._evidence(connection, breach)
        found = self._herald.opened(replace(breach, fired_at_ms=now_ms, evidence=evidence))
        if cause is not None:
            breach_rows.keep(connection, replace(found, under=cause.id, is_told=False))
            return Step(replace(found, under=cause.id, is_told=False))
        breach_rows.keep(connection, found)
        self._herald.post(connection, found, State.FIRING, ())
        return Step(found, State.FIRING)

    def _end(self, connection: sa.Connection, breach: Breach, now_ms: int) -> Step:
        over = replace(breach, over_at_ms=now_ms, evidence=self._evidence(connection, breach))
        breach_rows.keep(connection, over)
        if not over.is_told:
            return Step(over)
        self._herald.post(connection, over, State.RESOLVED, breach_rows.under(connection, over.id))
        return Step(over, State.RESOLVED)

    def _evidence(self, connection: sa.Connection, breach: Breach) -> tuple[Evaluation, ...]:
        return history.latest(connection, breach.fired.fingerprint, EVIDENCE)
