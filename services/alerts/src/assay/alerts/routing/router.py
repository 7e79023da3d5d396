"""Says what alerts a breach comes to, by the contracts and the rules that are in force at that moment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from assay.alerts.breaches import Breach, Recipient, State
from assay.alerts.delivery.delivery import Delivery
from assay.alerts.messages.saying import Subject, say
from assay.alerts.routing.recipients import recipients
from assay.alerts.routing.route import Routed, route, routed
from assay.alerts.routing.routes import DEFAULT, Routes
from assay.alerts.routing.severity import Assessment, assess
from assay.contracts import Contract
from assay.runtime import Clock

__all__ = ["Router"]


class Router:
    """Neither reads nor writes; the same breach and state give alerts of the same keys."""

    def __init__(self, contracts: Mapping[str, Contract], clock: Clock, routes: Routes = DEFAULT) -> None:
        self._contracts = contracts
        self._clock = clock
        self._routes = routes

    @property
    def routes(self) -> Routes:
        """The rules in force."""
        return self._routes

    def opened(self, breach: Breach, routes: Routes | None = None) -> Breach:
        """Return a breach that fires with who is to hear of it, how bad it is, and why; by these rules or those in force."""
        operators = (self._routes if routes is None else routes).operators
        told = recipients(breach.fired, self._contracts, operators)
        found = self._assess(breach, told)
        return replace(breach, recipients=told, severity=found.severity, severity_reasons=found.reasons)

    def deliveries(self, breach: Breach, state: State, over: Sequence[Breach] = ()) -> Sequence[Delivery]:
        """Return an alert for each channel, and in some for each contact, that is to be told of the firing or the end.

        `over` are the open breaches that this one causes. A breach that was kept before there were severities gets one.
        """
        subject = self.subject(breach, over)
        return route(subject, state, say(subject, state), self._routes, self._clock.now_ms())

    def trial(
        self, breach: Breach, routes: Routes | None = None, over: Sequence[Breach] = ()
    ) -> tuple[Subject, Routed]:
        """Return how bad a breach is and where it would go, by these rules or those in force; it has its recipients."""
        subject = self.subject(breach, over)
        return subject, routed(subject, self._routes if routes is None else routes)

    def subject(self, breach: Breach, over: Sequence[Breach] = ()) -> Subject:
        """Return a breach with all that is said of it."""
        if not breach.severity_reasons:
            found = self._assess(breach, breach.recipients)
            breach = replace(breach, severity=found.severity, severity_reasons=found.reasons)
        contract = self._contracts.get(breach.fired.contract)
        return Subject(breach, contract, over, self._routes.links, self._contracts)

    def _assess(self, breach: Breach, told: Sequence[Recipient]) -> Assessment:
        return assess(self._contracts.get(breach.fired.contract), breach.fired, told)
