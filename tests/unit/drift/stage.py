"""A drift service on a port of its own: windows in memory, as the store has them, and references in a list."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import grpc
import numpy as np

from assay.api.drift.v1.drift_pb2 import ModelStanding
from assay.api.drift.v1.drift_pb2_grpc import DriftServiceStub
from assay.api.drift.v1.window_pb2 import Window
from assay.drift.errors import ModelUnknownError, ReferenceUnfitError
from assay.drift.live.desk import Desk
from assay.drift.live.live import Live
from assay.drift.models import WatchedModel
from assay.drift.service import MAX_MESSAGE_BYTES, SERVICE, DriftService
from assay.drift.windows.series import Series
from assay.monitoring.errors import ProfileError
from assay.monitoring.profiles import Cells, Labels, Numbers, Profile, profile_of
from assay.monitoring.profiles.papers import profile_from_json
from assay.runtime import GrpcServer
from assay.runtime.database import StoreAwayError

__all__ = ["CALL_S", "KEEP", "PROFILE", "Book", "Kept", "Stage", "stage", "table"]

CALL_S = 10.0
KEEP = 5


def table(rows: int, shift: float = 0.0) -> dict[str, Numbers | Labels]:
    """Rows of a model with two features, that move together."""
    age = np.random.default_rng(7).normal(40 + shift, 10, rows)
    return {
        "age": Numbers(age),
        "country": Labels((age.astype(np.int64) % 3 > shift / 10).astype(np.int64), ("SE", "NO")),
    }


PROFILE = profile_of(table(2_000))


@dataclass
class Kept:
    """All windows, oldest first, as a store has them."""

    windows: list[Window] = field(default_factory=list)
    opened: list[Window] = field(default_factory=list)
    counts: dict[tuple[Series, int], Cells] = field(default_factory=dict)
    stand: list[ModelStanding] = field(default_factory=list)
    is_away: bool = False
    asked: int = 0

    async def range(self, series: Series, since_ms: int, until_ms: int, limit: int) -> Sequence[Window]:
        self._ask()
        found = [
            each
            for each in self.windows
            if (each.model, each.model_version, each.segment) == series
            and since_ms <= each.start_ms
            and (not until_ms or each.start_ms < until_ms)
        ]
        return sorted(found, key=lambda each: each.start_ms)[:limit]

    async def open_ones(self, series: Series) -> Sequence[Window]:
        self._ask()
        return [each for each in self.opened if (each.model, each.model_version, each.segment) == series]

    async def cells(self, series: Series, start_ms: int, end_ms: int, reference: str) -> Cells | None:
        self._ask()
        return self.counts.get((series, start_ms))

    async def standings(self) -> Sequence[ModelStanding]:
        self._ask()
        return self.stand

    def _ask(self) -> None:
        self.asked += 1
        if self.is_away:
            raise StoreAwayError("the store did not answer")


@dataclass(frozen=True)
class OneReference:
    """A reference."""

    id: str
    model: str
    model_version: str
    profile: Profile
    performance: tuple[object, ...] = ()
    source: str = "set"
    since_ms: int = 1


@dataclass
class Book:
    """The references of one model."""

    kept: list[OneReference] = field(default_factory=lambda: [OneReference("r", "delays", "1", PROFILE)])
    threads: list[int] = field(default_factory=list)
    """Those that asked."""

    def by_id(self, id: str) -> OneReference | None:  # noqa: A002 -- it is what the wire calls it
        self.threads.append(threading.get_ident())
        return next((each for each in self.kept if each.id == id), None)

    def all(self) -> Sequence[OneReference]:
        self.threads.append(threading.get_ident())
        return self.kept

    async def set(self, model: str, version: str, profile: bytes, performance: bytes) -> OneReference:
        if model != "delays":
            raise ModelUnknownError(model)
        try:
            kept = OneReference(f"r{version}", model, version, profile_from_json(profile.decode()), (performance,))
        except ProfileError as error:
            raise ReferenceUnfitError(model, [str(error)]) from error
        self.kept.append(kept)
        return kept


@dataclass
class Stage:
    """The service, and what stands behind it."""

    stub: DriftServiceStub
    address: str
    live: Live
    kept: Kept
    book: Book

    def judged(self, *windows: Window) -> None:
        """Windows were judged: they are kept, and live."""
        self.kept.windows += windows
        self.live.take(windows)


@asynccontextmanager
async def stage(models: Mapping[str, WatchedModel] | None = None) -> AsyncIterator[Stage]:
    live, kept, book = Live(KEEP), Kept(), Book()
    service = DriftService(live, Desk(live, kept, lambda: dict(models or {})), book)
    async with asyncio.timeout(60), GrpcServer("127.0.0.1:0", [service.serve], [SERVICE], MAX_MESSAGE_BYTES) as server:
        address = f"127.0.0.1:{server.port}"
        async with grpc.aio.insecure_channel(address) as channel:
            yield Stage(DriftServiceStub(channel), address, live, kept, book)
