"""Says who hears of a breach, by contracts and rules, and posts their alerts with it."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from assay.alerts.breaches import Breach, State
from assay.alerts.delivery.store import post
from assay.alerts.routing.router import Router

__all__ = ["RoutedHerald"]


class RoutedHerald:
    """Posts what the router says in the transaction that moves the breach; couriers carry it from there."""

    def __init__(self, router: Router) -> None:
        self._router = router

    def opened(self, breach: Breach) -> Breach:
        """Return a breach that fires with who is to hear of it, and how bad it is."""
        return self._router.opened(breach)

    def post(self, connection: sa.Connection, breach: Breach, state: State, over: Sequence[Breach]) -> None:
        """Keep the alerts about its firing or its end, in this transaction; `over` are the breaches it causes."""
        post(connection, self._router.deliveries(breach, state, over))
