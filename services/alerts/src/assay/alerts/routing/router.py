"""Says what alerts a breach comes to, by the contracts and the rules that are in force at that moment."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from assay.alerts.breaches import Breach, Measurement, Recipient, State
from assay.alerts.delivery.delivery import Delivery
from assay.alerts.messages.saying import Subject, say
from assay.alerts.routing.recipients import recipients
from assay.alerts.routing.route import Routed, route, routed
from assay.alerts.routing.routes import DEFAULT, Routes
from assay.alerts.routing.severity import Assessment, assess
from assay.contracts import Contract
from assay.runtime import Clock

__all__ = ["Evidence", "Router"]


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of a breach beside itself: the open breaches that it causes, and the newest windows of its promise."""

    over: Sequence[Breach] = ()
    spark: Sequence[float | None] = ()


class Router:
    """Neither reads nor writes; the same breach and state give alerts of the same keys."""

    def __init__(self, contracts: Mapping[str, Contract], clock: Clock, routes: Routes = DEFAULT) -> None:
        self._contracts = contracts
        self._clock = clock
        self._routes = routes

    def recipients(self, measurement: Measurement) -> tuple[Recipient, ...]:
        """Return who is to hear of the breach that a measurement fires."""
        return recipients(measurement, self._contracts, self._routes.operators)

    def assess(self, measurement: Measurement, told: Sequence[Recipient]) -> Assessment:
        """Return how bad the breach is that a measurement fires, and why."""
        return assess(self._contracts.get(measurement.contract), measurement, told)

    def deliveries(self, breach: Breach, state: State, evidence: Evidence | None = None) -> Sequence[Delivery]:
        """Return an alert for each channel, and in some for each contact, that is to be told of the firing or the end."""
        subject = self.subject(breach, evidence)
        return route(subject, state, say(subject, state), self._routes, self._clock.now_ms())

    def trial(self, breach: Breach, routes: Routes | None = None) -> tuple[Subject, Routed]:
        """Return how bad a breach is and where it would go, by these rules or those in force."""
        rules = self._routes if routes is None else routes
        told = breach.recipients or recipients(breach.fired, self._contracts, rules.operators)
        subject = self.subject(replace(breach, recipients=told))
        return subject, routed(subject, rules)

    def subject(self, breach: Breach, evidence: Evidence | None = None) -> Subject:
        """Return a breach with all that is said of it."""
        known = evidence or Evidence()
        found = self.assess(breach.fired, breach.recipients)
        return Subject(
            breach=breach,
            contract=self._contracts.get(breach.fired.contract),
            severity=found.severity,
            reasons=found.reasons,
            over=known.over,
            spark=known.spark,
            links=self._routes.links,
        )
