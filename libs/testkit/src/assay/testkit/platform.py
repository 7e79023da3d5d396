"""The whole map of services, run on one broker as child processes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

from assay.streaming.keys import KeyFile
from assay.testkit.brokers import Broker
from assay.testkit.errors import PortInUseError, TestkitError
from assay.testkit.ports import free_ports, is_free
from assay.testkit.services import Service, variable
from assay.testkit.workspace import BROKER, ServiceEntry, Workspace

__all__ = ["Event", "Layout", "Platform"]

_WATCH_S = 0.2


@dataclass(frozen=True, slots=True)
class Layout:
    """Where a platform on this machine keeps its things, under one folder."""

    data: Path

    @property
    def lake(self) -> Path:
        """The folder of Delta tables, one per contract."""
        return self.data / "lake"

    @property
    def warehouse(self) -> Path:
        """The DuckDB file."""
        return self.data / "warehouse.duckdb"

    @property
    def outbox(self) -> Path:
        """The file that notices to people are written to, one JSON object a line."""
        return self.data / "outbox.ndjson"

    @property
    def keys(self) -> Path:
        """The key file that dead letters are sealed with and opened by."""
        return self.data / "keys.json"

    @property
    def joins(self) -> Path:
        """The folder of what predictions of models wait for."""
        return self.data / "drift" / "joins"

    def store(self, service: str) -> str:
        """URL of the database of a service."""
        return f"sqlite:///{self.data / service / 'store.db'}"

    def snapshot(self, service: str) -> Path:
        """The file of contracts that a service starts from while the registry is away."""
        return self.data / service / "contracts.snapshot"

    def log(self, service: str) -> Path:
        """What a service wrote to its standard error, over all its starts."""
        return self.data / "logs" / f"{service}.log"


@dataclass(frozen=True, slots=True)
class Event:
    """A change in the state of one service, for people to see."""

    state: Literal["starting", "serving", "stopping", "stopped"]
    service: str
    address: str
    metrics: str
    summary: str
    log: Path
    since_start_s: float


class Platform:
    """All services of the map; entered, they serve; left, they are stopped in reverse order of need.

    `ports` is `map` for the ports of the map, or `free` for ports that nobody uses. `env` is given to
    every service on top of what it needs to find the broker, the registry and its own folders.
    """

    def __init__(
        self,
        workspace: Workspace,
        broker: Broker,
        data: Path,
        *,
        ports: Literal["map", "free"] = "free",
        env: Mapping[str, str] | None = None,
        on_event: Callable[[Event], None] | None = None,
    ) -> None:
        self.broker = broker
        self.layout = Layout(data.absolute())
        self._workspace = workspace
        self._ports = ports
        self._env = dict(env or {})
        self._on_event = on_event
        self._services: dict[str, Service] = {}
        self._started_at = time.monotonic()

    def address(self, service: str) -> str:
        """HOST:PORT of the gRPC face of a service."""
        return self.child(service).address

    def child(self, service: str) -> Service:
        """The process of a service.

        Raises:
            WorkspaceError: the map has no such service.
        """
        return self._services.get(service) or self._services[self._workspace.service(service).name]

    async def watch(self) -> None:
        """Wait until a service, or a broker of ours, ends although nobody asked it to.

        Raises:
            ChildDiedError: it has, with the tail of its log; this never returns.
        """
        while True:
            for child in (*self._services.values(), *([self.broker.child] if self.broker.child else [])):
                child.check()
            await asyncio.sleep(_WATCH_S)

    async def __aenter__(self) -> Self:
        """Start every service once those it needs serve.

        Raises:
            PortInUseError: a port of the map is taken; nothing was started.
            ChildDiedError, NotReadyError: a service did not start, in its own words; the others are stopped.
        """
        self._started_at = time.monotonic()
        self._prepare()
        try:
            for wave in self._workspace.waves():
                await self._start(wave)
        except BaseException:
            await self._stop_all()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        died = _first_death(self._services) if error is None else None
        await self._stop_all()
        if died is not None:
            raise died

    def _prepare(self) -> None:
        for folder in (self.layout.lake, *(self.layout.data / entry.name for entry in self._workspace.services)):
            folder.mkdir(parents=True, exist_ok=True)
        if not self.layout.keys.exists():
            KeyFile.create(self.layout.keys)
        ports = {entry.name: self._ports_of(entry) for entry in self._workspace.services}
        registry = f"127.0.0.1:{ports['registry'][0]}" if "registry" in ports else ""
        for entry in self._workspace.services:
            grpc_port, metrics_port, http_port = ports[entry.name]
            self._services[entry.name] = Service(
                entry.name,
                module=entry.module,
                grpc_port=grpc_port,
                metrics_port=metrics_port,
                http_port=http_port,
                log=self.layout.log(entry.name),
                env={**self._settings(entry, registry), **self._env},
            )

    def _ports_of(self, entry: ServiceEntry) -> tuple[int, int, int | None]:
        if self._ports == "free":
            grpc_port, metrics_port, http_port = free_ports(3)
            return grpc_port, metrics_port, http_port if entry.http_port else None
        for port in (entry.grpc_port, entry.metrics_port, entry.http_port):
            if port and not is_free(port):
                raise PortInUseError(entry.name, port)
        return entry.grpc_port, entry.metrics_port, entry.http_port

    def _settings(self, entry: ServiceEntry, registry: str) -> dict[str, str]:
        """The environment of a service; each reads what it knows and ignores the rest."""
        settings = {"store": self.layout.store(entry.name), "snapshot": str(self.layout.snapshot(entry.name))}
        if BROKER in entry.needs:
            settings["broker"] = self.broker.bootstrap
        if "registry" in entry.needs:
            settings["registry"] = registry
        if self.broker.kind == "embedded":
            settings["member"] = f"{entry.name}-0"  # it never evicts a dead member; a static one takes its own place
        settings |= {
            "lake": str(self.layout.lake),
            "warehouse": str(self.layout.warehouse),
            "outbox": str(self.layout.outbox),
            "keys": str(self.layout.keys),
            "joins": str(self.layout.joins),
        }
        return {variable(entry.name, setting): value for setting, value in settings.items()}

    async def _start(self, wave: tuple[ServiceEntry, ...]) -> None:
        for entry in wave:
            self._services[entry.name].start()
            self._tell("starting", entry)
        for entry in wave:
            await self._services[entry.name].ready()
            self._tell("serving", entry)

    async def _stop_all(self) -> None:
        for wave in reversed(self._workspace.waves()):
            async with asyncio.TaskGroup() as group:
                for entry in wave:
                    group.create_task(self._stop(entry))

    async def _stop(self, entry: ServiceEntry) -> None:
        service = self._services.get(entry.name)
        if service is None or not service.is_running:
            return
        self._tell("stopping", entry)
        await service.stop()
        self._tell("stopped", entry)

    def _tell(self, state: Literal["starting", "serving", "stopping", "stopped"], entry: ServiceEntry) -> None:
        service = self._services[entry.name]
        since_s = time.monotonic() - self._started_at
        event = Event(state, entry.name, service.address, service.metrics, entry.summary, service.log, since_s)
        if self._on_event is not None:
            self._on_event(event)


def _first_death(services: Mapping[str, Service]) -> TestkitError | None:
    for service in services.values():
        try:
            service.check()
        except TestkitError as error:
            return error
    return None
