"""Every contract in all its versions, kept up to date by watching the registry."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Self

import grpc

from assay.api.registry.v1 import registry_pb2 as pb
from assay.api.registry.v1.registry_pb2_grpc import RegistryServiceStub
from assay.client.backoff import backoff_s
from assay.client.channel import open_channel
from assay.client.pins import Pins
from assay.client.shelf import Place, Shelf, Version, newest_first
from assay.client.snapshot import read_snapshot, write_snapshot
from assay.client.standing import Standing, standing_of
from assay.contracts import Contract, load
from assay.telemetry import get_logger

__all__ = ["Catalog"]

SILENCE_S = 15.0
"""Three heartbeats: a registry that says nothing for so long is taken as away."""
WATCH_S = 3600.0

log = get_logger()


class Catalog:
    """Knows the contracts from entering until leaving; the registry may come and go meanwhile.

    With a snapshot file it starts without the registry, from what was known last. A version that does not load is
    logged and kept out: the version that was in force stays so, and no other contract is touched.
    """

    def __init__(self, registry: str, snapshot: Path | None = None) -> None:
        self._registry = registry
        self._snapshot = snapshot
        self._shelf = Shelf()
        self._saved: Place | None = None
        self._waits_s = backoff_s()
        self._versions: Mapping[str, Mapping[str, Version]] = {}
        self._contracts: dict[str, Contract] = {}
        self._pins = Pins()
        self._is_current = False
        self._news = asyncio.Event()
        self._ready = asyncio.Event()
        self._group = asyncio.TaskGroup()

    async def __aenter__(self) -> Self:
        await self._restore()
        await self._group.__aenter__()
        self._watching = self._group.create_task(self._watch())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._watching.cancel()
        await self._group.__aexit__(None, None, None)  # an error of the block leaves as it is, not in a group

    @property
    def contracts(self) -> Mapping[str, Contract]:
        """The version in force of every contract, the newest that loads, by contract id; a live view."""
        return MappingProxyType(self._contracts)

    @property
    def versions(self) -> Mapping[str, Mapping[str, Version]]:
        """Every version, retired ones too, by contract id and version; what is given here never changes."""
        return self._versions

    @property
    def is_current(self) -> bool:
        """Whether the registry is there, and told all it has."""
        return self._is_current

    @property
    def is_ready(self) -> bool:
        """Whether all contracts are known: before, one that is not found may be there all the same."""
        return self._ready.is_set()

    async def ready(self) -> None:
        """Return once all contracts are known: the registry told them, or it is away and there is a snapshot.

        Waits for as long as neither is so; bound it with `asyncio.timeout`.
        """
        await self._ready.wait()

    async def changes(self) -> AsyncGenerator[Contract, None]:
        """Give every contract once all are known, then each that changes; of changes in quick succession the last."""
        await self.ready()
        given: dict[str, Contract] = {}
        while True:
            news = self._news
            for contract in [one for one in self._contracts.values() if given.get(one.id) is not one]:
                given[contract.id] = contract
                yield contract
            await news.wait()

    def pin(self, contract: str, version: str) -> None:
        """Say in the log and the metrics where this version stands, and each time that changes.

        The events are `version.pinned`, `version.deprecated`, `version.retired` and `version.unknown`.
        """
        self._pins.add(contract, version)
        if self._ready.is_set():
            self._pins.look(self._versions)

    async def standings(self, contract: str, version: str) -> AsyncGenerator[Standing, None]:
        """Give where this version stands once all contracts are known, then each change of it."""
        await self.ready()
        given: Standing | None = None
        while True:
            news = self._news
            standing = standing_of(self._versions.get(contract, {}), contract, version)
            if standing != given:
                given = standing
                yield standing
            await news.wait()

    async def _watch(self) -> None:
        """Listen to the registry, again and again."""
        async with open_channel(self._registry) as channel:
            while True:
                try:
                    await self._listen(RegistryServiceStub(channel))
                except (grpc.aio.AioRpcError, TimeoutError) as error:
                    self._lose(error)
                await asyncio.sleep(next(self._waits_s))

    async def _listen(self, registry: RegistryServiceStub) -> None:
        """Take in what one call tells; return when the registry ends it."""
        place = self._shelf.begin()
        token = pb.WatchToken(epoch=place.epoch, revision=place.revision)
        call = registry.WatchContracts(pb.WatchContractsRequest(after=token), timeout=WATCH_S)
        try:
            while True:
                async with asyncio.timeout(SILENCE_S):
                    message = await call.read()
                if not isinstance(message, pb.WatchContractsResponse):
                    return
                await self._receive(message)
        finally:
            self._is_current = False
            call.cancel()

    async def _receive(self, message: pb.WatchContractsResponse) -> None:
        version = _version(message.contract) if message.HasField("contract") else None
        place = Place(message.token.epoch, message.token.revision)
        if self._shelf.receive(version, place, message.caught_up):
            await self._take()
        if message.caught_up:
            self._is_current = True
            self._waits_s = backoff_s()
            await self._save()
            self._tell_ready("registry")

    async def _take(self) -> None:
        """Bring the contracts in force up to what is on the shelf."""
        before, self._versions = self._versions, MappingProxyType(dict(self._shelf.versions))
        for name in self._contracts.keys() - self._versions.keys():
            del self._contracts[name]
        for name, versions in self._versions.items():
            if before.get(name) != versions:
                await self._take_one(name, versions)
        if self._ready.is_set():
            self._pins.look(self._versions)
        self._news.set()
        self._news = asyncio.Event()

    async def _take_one(self, name: str, versions: Mapping[str, Version]) -> None:
        """Put the newest version that loads in force."""
        held = self._contracts.get(name)
        for version in newest_first(versions.values()):
            if held and held.text == version.text:
                return
            if contract := await asyncio.to_thread(_load, version):
                self._contracts[name] = contract
                return
        self._contracts.pop(name, None)

    async def _restore(self) -> None:
        if self._snapshot and (shelf := await asyncio.to_thread(read_snapshot, self._snapshot)):
            self._shelf, self._saved = shelf, shelf.place
            await self._take()

    async def _save(self) -> None:
        if self._snapshot is None or self._saved == self._shelf.place:
            return
        try:
            await asyncio.to_thread(write_snapshot, self._snapshot, self._shelf)
            self._saved = self._shelf.place
        except OSError as error:
            log.warning("snapshot.failed", path=str(self._snapshot), error=str(error))

    def _lose(self, error: grpc.aio.AioRpcError | TimeoutError) -> None:
        """Note that the registry is away; where there is a snapshot, what it says is what we have."""
        cause = error.details() if isinstance(error, grpc.aio.AioRpcError) else f"silent for {SILENCE_S} s"
        log.warning("registry.lost", registry=self._registry, error=cause)
        if self._saved:
            self._tell_ready("snapshot")

    def _tell_ready(self, source: str) -> None:
        if not self._ready.is_set():
            log.info("catalog.ready", source=source, contracts=len(self._contracts))
            self._ready.set()
            self._pins.look(self._versions)


def _version(told: pb.ContractVersion) -> Version:
    return Version(told.id, told.contract, told.version, told.text, told.published_ms, told.retired, told.deprecated)


def _load(version: Version) -> Contract | None:
    """Return the contract, None where it does not load here: one bad contract must not stop the others."""
    try:
        return load(version.text, f"{version.contract}@{version.version}")
    except Exception as error:  # noqa: BLE001 -- whatever a contract breaks, it breaks for itself alone
        facts = {"contract": version.contract, "version": version.version, "error": str(error)}
        log.error("contract.kept_out", **facts)  # noqa: TRY400 -- the message says it all, a trace says no more
        return None
