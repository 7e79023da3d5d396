"""/schemas: schemas by id and guid, and across subjects."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from functools import partial

import orjson
import sqlalchemy as sa

from assay.contracts.compatibility import Kind
from assay.registry.rest.formats import Formats
from assay.registry.rest.http import Answer, Request
from assay.registry.rest.keeper import path_of
from assay.registry.rest.ready_bytes import ReadyBytes
from assay.registry.rest.rendering import content_json, version_json
from assay.registry.rest.router import Route
from assay.registry.subject_store.listing import list_versions
from assay.registry.subject_store.reading import forgotten, having, last_id, schema, schema_by_guid
from assay.registry.subject_store.store import SubjectStore
from assay.registry.subjects.content import MAX_NUMBER, Content, SubjectVersion
from assay.registry.subjects.errors import RequestMalformedError, SchemaMissingError
from assay.registry.subjects.json_values import Json
from assay.registry.subjects.names import DEFAULT_CONTEXT, SubjectName, read_prefix, read_scope

__all__ = ["SchemaRoutes"]

PAGE = 1_000
"""Schemas in one answer where no limit is asked for."""


class SchemaRoutes:
    """Answers schemas by what stands in the frame of a record."""

    def __init__(self, store: SubjectStore, formats: Formats, ready: ReadyBytes) -> None:
        self._store = store
        self._formats = formats
        self._ready = ready

    def routes(self) -> list[Route]:
        """The paths that this answers."""
        return [
            Route("GET", "/schemas", self.listing),
            Route("GET", "/schemas/types", self.types),
            Route("GET", "/schemas/ids/{id}", self.by_id),
            Route("GET", "/schemas/ids/{id}/schema", self.text),
            Route("GET", "/schemas/ids/{id}/subjects", self.subjects),
            Route("GET", "/schemas/ids/{id}/versions", self.versions),
            Route("GET", "/schemas/guids/{guid}", self.by_guid),
            Route("GET", "/schemas/guids/{guid}/ids", self.ids_of_guid),
        ]

    async def listing(self, request: Request) -> Answer:
        context = request.context if request.context != "." else None
        context, prefix = read_prefix(request.word("subjectPrefix"), context)
        limit = request.number("limit", PAGE)
        work = partial(
            list_versions,
            context=context,
            prefix=prefix,
            deleted=request.flag("deleted"),
            latest=request.flag("latestOnly"),
            offset=max(request.number("offset", 0), 0),
            limit=PAGE if limit < 0 else min(limit, PAGE),
        )
        return Answer(await self._store.read(partial(_written, work, request.takes_unknown)), is_raw=True)

    async def types(self, request: Request) -> Answer:
        del request
        return Answer([str(kind) for kind in (Kind.JSON, Kind.PROTOBUF, Kind.AVRO)])

    async def by_id(self, request: Request) -> Answer:
        context, number = _context(request), _id(request)
        content, count = await self._content(request)
        text = await self._formats.of(context, content, request.word("format"))
        answer = Answer(content_json(content, text))
        if context == DEFAULT_CONTEXT and text == content.text:
            self._ready.keep(path_of(number), answer.as_bytes(), count)
        if request.flag("fetchMaxId"):
            return Answer(content_json(content, text) | {"maxId": await self._last_id(context)})
        return answer

    async def text(self, request: Request) -> Answer:
        content, _ = await self._content(request)
        return Answer(await self._formats.of(_context(request), content, request.word("format")), is_raw=True)

    async def subjects(self, request: Request) -> Answer:
        names = dict.fromkeys(str(name) for name, _ in await self._having(request))
        return Answer(request.page(list[Json](names)))

    async def versions(self, request: Request) -> Answer:
        found = await self._having(request)
        return Answer(request.page([{"subject": str(name), "version": version} for name, version in found]))

    async def by_guid(self, request: Request) -> Answer:
        content, ids = await self._store.read(partial(schema_by_guid, guid=_guid(request)))
        if content is None:
            raise SchemaMissingError
        return Answer(content_json(content, await self._formats.of(ids[0][0], content, request.word("format"))))

    async def ids_of_guid(self, request: Request) -> Answer:
        content, ids = await self._store.read(partial(schema_by_guid, guid=_guid(request)))
        if content is None:
            raise SchemaMissingError
        return Answer([{"context": context, "id": number} for context, number in ids])

    async def _content(self, request: Request) -> tuple[Content, int]:
        """The schema, and the count of ids that went as it was then."""
        work = partial(_counted, context=_context(request), number=_id(request))
        content, count = await self._store.read(work)
        self._ready.saw(count)
        if content is None:
            raise SchemaMissingError(f"Schema {_id(request)}")
        return content, count

    async def _last_id(self, context: str) -> int:
        return await self._store.read(partial(last_id, context=context))

    async def _having(self, request: Request) -> list[tuple[SubjectName, int]]:
        scope, deleted = _scope(request), request.flag("deleted")
        work = partial(_subjects_of, context=scope.context, number=_id(request), deleted=deleted)
        found = await self._store.read(work)
        if found is None:
            raise SchemaMissingError(f"Schema {_id(request)}")
        return [each for each in found if scope.name in ("", each[0].name)]


def _written(work: Callable[[sa.Connection], list[SubjectVersion]], guid: bool, transaction: sa.Connection) -> bytes:
    """Versions as JSON, written where they are read: a page of them may be large."""
    return orjson.dumps([version_json(each, guid=guid) for each in work(transaction)])


def _counted(transaction: sa.Connection, context: str, number: int) -> tuple[Content | None, int]:
    count = forgotten(transaction)  # before the schema: a deletion in between makes the answer too old to be kept
    found = schema(transaction, context, number)
    return (found[0] if found else None), count


def _subjects_of(
    transaction: sa.Connection, context: str, number: int, deleted: bool
) -> list[tuple[SubjectName, int]] | None:
    if schema(transaction, context, number) is None:
        return None
    return having(transaction, context, number, deleted=deleted)


def _scope(request: Request) -> SubjectName:
    subject = request.word("subject")
    return read_scope(subject, request.context) if subject else SubjectName(request.context)


def _context(request: Request) -> str:
    return _scope(request).context


def _id(request: Request) -> int:
    text = request.names["id"]
    if not re.fullmatch(r"-?[0-9]{1,10}", text):
        raise RequestMalformedError(f"the id of a schema is a number, and not {text[:40]!r}")
    if not 0 < int(text) <= MAX_NUMBER:
        raise SchemaMissingError(f"Schema {text}")
    return int(text)


def _guid(request: Request) -> str:
    try:
        return str(uuid.UUID(request.names["guid"]))
    except ValueError as error:
        raise SchemaMissingError("Schema of this guid") from error
