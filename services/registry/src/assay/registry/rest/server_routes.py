"""What the server says of itself: health, readiness, its version, and its interface."""

from __future__ import annotations

import asyncio

import sqlalchemy as sa

from assay.registry.rest.http import Answer, Request
from assay.registry.rest.openapi import RELEASE, document
from assay.registry.rest.router import Route
from assay.registry.subject_store.store import SubjectStore
from assay.registry.tables import HISTORY
from assay.runtime.database import StoreAwayError

__all__ = ["ServerRoutes"]

READY_WITHIN_S = 3.0
RETRY_AFTER = {"retry-after": "1"}


class ServerRoutes:
    """Answers whoever looks after the registry."""

    def __init__(self, store: SubjectStore) -> None:
        self._store = store
        self._document = document()

    def routes(self) -> list[Route]:
        """The paths that this answers."""
        return [
            Route("GET", "/", self.root),
            Route("GET", "/healthz", self.root),
            Route("GET", "/readyz", self.ready),
            Route("GET", "/v1/metadata/id", self.cluster),
            Route("GET", "/v1/metadata/version", self.release),
            Route("GET", "/openapi.json", self.interface),
        ]

    async def root(self, request: Request) -> Answer:
        del request
        return Answer({})

    async def ready(self, request: Request) -> Answer:
        """200 while the store answers."""
        del request
        try:
            async with asyncio.timeout(READY_WITHIN_S):
                await self._store.read(_epoch)
        except (StoreAwayError, TimeoutError):
            return Answer({"error_code": 50001, "message": "the store does not answer"}, 503, RETRY_AFTER)
        return Answer({})

    async def cluster(self, request: Request) -> Answer:
        del request
        epoch = await self._store.read(_epoch)
        clusters = {"kafka-cluster": "", "schema-registry-cluster": epoch}
        return Answer({"id": "", "scope": {"path": [], "clusters": dict(clusters)}})

    async def release(self, request: Request) -> Answer:
        del request
        return Answer({"version": RELEASE, "commitId": ""})

    async def interface(self, request: Request) -> Answer:
        del request
        return Answer(self._document)


def _epoch(transaction: sa.Connection) -> str:
    return str(transaction.execute(sa.select(HISTORY.c.epoch)).scalar_one())
