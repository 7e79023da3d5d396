"""The REST face over a store of its own, called without a socket."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import httpx

from assay.registry.rest.ready_bytes import ReadyBytes
from assay.registry.rest.wiring import rest_app
from assay.registry.store import ContractStore
from assay.registry.subject_store.store import SubjectStore

__all__ = ["AVRO", "PROTO", "Here", "Rest", "avro", "json_schema", "sent", "serving"]

T = TypeVar("T")


class At:
    """A clock that stands still."""

    def now_ms(self) -> int:
        return 1_700_000_000_000


class Here:
    """Does work on schemas where it is; the process that does it else is tried by itself."""

    async def run(self, work: Callable[[], T], size: int) -> T:
        return work()


@dataclass(frozen=True, slots=True)
class Rest:
    """Calls, and what they came to: the status and the body."""

    http: httpx.AsyncClient
    contracts: ContractStore
    ready: ReadyBytes

    async def __call__(
        self, method: str, path: str, body: object = None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, Any]:
        content = body if isinstance(body, bytes) else None if body is None else json.dumps(body).encode()
        answer = await self.http.request(method, path, content=content, headers=headers)
        return answer.status_code, answer.json() if answer.content else None

    async def post(self, path: str, body: object) -> tuple[int, Any]:
        return await self("POST", path, body)

    async def get(self, path: str) -> tuple[int, Any]:
        return await self("GET", path)

    async def put(self, path: str, body: object) -> tuple[int, Any]:
        return await self("PUT", path, body)

    async def delete(self, path: str) -> tuple[int, Any]:
        return await self("DELETE", path)

    async def register(self, subject: str, schema: object, **more: object) -> Any:
        """The id under which a schema is registered; the body of the error where it isn't."""
        _, body = await self.post(f"/subjects/{subject}/versions", sent(schema, **more))
        return body.get("id", body)


@asynccontextmanager
async def serving(folder: Path) -> AsyncIterator[Rest]:
    async with ContractStore(f"sqlite:///{folder}/registry.db", At()) as contracts:
        ready = ReadyBytes()
        app = rest_app(SubjectStore(contracts.database), Here(), At(), ready)
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://registry") as http:
            yield Rest(http, contracts, ready)


def sent(schema: object, **more: object) -> dict[str, object]:
    """The body that carries a schema."""
    text = schema if isinstance(schema, str) else json.dumps(schema)
    return {"schema": text, **more}


def avro(*fields: str, name: str = "Order", **defaults: object) -> dict[str, object]:
    """A record of strings; a field that has a default gets it."""
    made: list[dict[str, object]] = [{"name": each, "type": "string"} for each in fields]
    made += [{"name": each, "type": "string", "default": value} for each, value in defaults.items()]
    return {"type": "record", "name": name, "fields": made}


def json_schema(**properties: str) -> dict[str, object]:
    """A closed object with properties of these types."""
    return {
        "type": "object",
        "properties": {name: {"type": type_} for name, type_ in properties.items()},
        "additionalProperties": False,
    }


AVRO = avro("id")
PROTO = 'syntax = "proto3"; package shop; message Order { string id = 1; }'
