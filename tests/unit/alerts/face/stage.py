"""An alerts service on a port of its own: a history in memory, an outbox in a file, channels that note what they take."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import grpc

from assay.alerts.breaches import Breach, State
from assay.alerts.delivery.channel import Channel, DeliveryError
from assay.alerts.delivery.delivery import Delivery
from assay.alerts.delivery.store import DeliveryStore, post
from assay.alerts.desk import Desk
from assay.alerts.history import BreachQuery, EvaluationQuery
from assay.alerts.promises.evaluation import Evaluation
from assay.alerts.routing.router import Router
from assay.alerts.routing.routes import Routes, Way
from assay.alerts.routing.rules import Rule
from assay.alerts.schema import SCHEMA
from assay.alerts.service import SERVICE, AlertsService
from assay.alerts.trials import Trials
from assay.alerts.watchers import Watchers, is_at_least
from assay.api.alerts.v1.alerts_pb2_grpc import AlertsServiceStub, add_AlertsServiceServicer_to_server
from assay.api.alerts.v1.promise_pb2 import ContractStatus
from assay.contracts import Contract
from assay.runtime import GrpcServer
from assay.runtime.database import Database

__all__ = ["NOW_MS", "Memory", "Stage", "Taking", "stage"]

NOW_MS = 1_795_694_400_000  # 2026-11-26 12:00 UTC
ROUTES = Routes(
    {"oncall": Way("oncall", "alertmanager"), "mail": Way("mail", "apprise", is_addressed=True)},
    (Rule.model_validate({"to": "oncall"}), Rule.model_validate({"when": {"contact": "*@*"}, "to": "mail"})),
    {"console": "https://assay.example/{contract}"},
)


@dataclass
class Memory:
    """A history in memory."""

    breaches: list[Breach] = field(default_factory=list)
    windows: list[Evaluation] = field(default_factory=list)
    stand: list[ContractStatus] = field(default_factory=list)

    async def find(self, query: BreachQuery) -> Sequence[Breach]:
        found = [
            each
            for each in self.breaches
            if query.contract in ("", each.fired.contract)
            and (query.state is None or each.is_open == (query.state is State.FIRING))
            and is_at_least(each.severity, query.severity)
            and max(each.fired_at_ms, each.over_at_ms) >= query.since_ms
        ]
        return found[: -query.limit - 1 : -1] if query.limit else found

    async def beginning(self, breach: str, limit: int) -> Sequence[Breach]:
        return [each for each in self.breaches if each.id.startswith(breach)][:limit]

    async def over(self, breach: str) -> Sequence[Breach]:
        return [each for each in self.breaches if each.is_open and each.under == breach]

    async def evaluations(self, query: EvaluationQuery) -> Sequence[Evaluation]:
        found = [
            each
            for each in self.windows
            if query.fingerprint in ("", each.fingerprint) and query.contract in ("", each.contract)
        ]
        return found[: -query.limit - 1 : -1]

    async def statuses(self, contract: str) -> Sequence[ContractStatus]:
        return [each for each in self.stand if contract in ("", each.contract)]


@dataclass
class Taking:
    """A channel that takes all, or refuses all with these words."""

    error: str = ""
    taken: list[Delivery] = field(default_factory=list)

    async def send(self, delivery: Delivery) -> None:
        if self.error:
            raise DeliveryError(self.error)
        self.taken.append(delivery)


@dataclass(frozen=True)
class Clock:
    def now_ms(self) -> int:
        return NOW_MS


@dataclass
class Stage:
    """The service, and what stands behind it."""

    stub: AlertsServiceStub
    address: str
    memory: Memory
    router: Router
    watchers: Watchers
    database: Database
    channels: dict[str, Taking]

    async def fire(self, breach: Breach) -> Breach:
        """Open a breach, and post its alerts."""
        opened = self.router.opened(replace(breach, fired_at_ms=breach.fired_at_ms or NOW_MS))
        self.memory.breaches.append(opened)
        await self.database.run(partial(post, deliveries=self.router.deliveries(opened, State.FIRING)))
        self.watchers.tell(opened)
        return opened


@asynccontextmanager
async def stage(tmp_path: Path, *contracts: Contract) -> AsyncIterator[Stage]:
    memory, watchers, known = Memory(), Watchers(), {each.id: each for each in contracts}
    router = Router(known, Clock(), ROUTES)
    taking = {"oncall": Taking(), "mail": Taking("the service did not take it")}
    channels: dict[str, Channel] = {**taking}
    async with asyncio.timeout(30), Database(f"sqlite:///{tmp_path}/alerts.db", "STORE", SCHEMA) as database:
        deliveries = DeliveryStore(database, "a")
        await deliveries.open(list(taking))
        desk = Desk(memory, deliveries, router, known)
        trials = Trials(desk, router, known, deliveries, channels, Clock(), lambda: "1")
        add = partial(add_AlertsServiceServicer_to_server, AlertsService(desk, trials, watchers))
        async with GrpcServer("127.0.0.1:0", [add], [SERVICE]) as server:
            address = f"127.0.0.1:{server.port}"
            async with grpc.aio.insecure_channel(address) as channel:
                yield Stage(AlertsServiceStub(channel), address, memory, router, watchers, database, taking)
