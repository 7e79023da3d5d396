"""/subjects and /compatibility."""

from __future__ import annotations

from functools import partial

from assay.registry.registrar import Registrar
from assay.registry.rest.candidates import Candidates
from assay.registry.rest.formats import Formats
from assay.registry.rest.http import Answer, Request
from assay.registry.rest.ready_bytes import ReadyBytes
from assay.registry.rest.rendering import version_json
from assay.registry.rest.router import Route
from assay.registry.subject_store.reading import forgotten, subjects
from assay.registry.subject_store.store import SubjectStore
from assay.registry.subjects.content import Content, SubjectVersion, live, read_version
from assay.registry.subjects.data_contracts import properties, tagged
from assay.registry.subjects.errors import (
    RequestMalformedError,
    SchemaInvalidError,
    SchemaMissingError,
    SubjectMissingError,
)
from assay.registry.subjects.json_values import Json, JsonObject, Parts
from assay.registry.subjects.names import SubjectName, read_prefix, read_subject
from assay.registry.subjects.registration import Candidate

__all__ = ["SubjectRoutes"]


class SubjectRoutes:
    """Registers, finds, lists, compares and deletes versions of subjects."""

    def __init__(
        self, registrar: Registrar, store: SubjectStore, candidates: Candidates, formats: Formats, ready: ReadyBytes
    ) -> None:
        self._registrar = registrar
        self._candidates = candidates
        self._store = store
        self._formats = formats
        self._ready = ready

    def routes(self) -> list[Route]:
        """The paths that this answers."""
        one = "/subjects/{subject}/versions/{version}"
        return [
            Route("GET", "/subjects", self.listing),
            Route("POST", "/subjects/{subject}", self.find),
            Route("DELETE", "/subjects/{subject}", self.delete),
            Route("GET", "/subjects/{subject}/metadata", self.with_metadata),
            Route("GET", "/subjects/{subject}/versions", self.versions),
            Route("POST", "/subjects/{subject}/versions", self.register),
            Route("GET", one, self.version),
            Route("DELETE", one, self.delete_version),
            Route("GET", f"{one}/schema", self.text),
            Route("GET", f"{one}/referencedby", self.referring),
            Route("POST", f"{one}/tags", self.tag),
            Route("POST", "/compatibility/subjects/{subject}/versions", self.compare_all),
            Route("POST", "/compatibility/subjects/{subject}/versions/{version}", self.compare),
        ]

    async def listing(self, request: Request) -> Answer:
        context, prefix = read_prefix(request.word("subjectPrefix"), _context(request))
        deleted, only = request.flag("deleted"), request.flag("deletedOnly", "deleted_only")
        work = partial(subjects, context=context, prefix=prefix, deleted=deleted, only_deleted=only)
        return Answer(request.page([str(each) for each in await self._store.read(work)]))

    async def register(self, request: Request) -> Answer:
        subject, candidate = _subject(request), await self._candidates.read(request)
        version = await self._registrar.register(subject, candidate, request.actor)
        return Answer(_registered(request, version))

    async def find(self, request: Request) -> Answer:
        candidate = await self._candidates.read(request)
        version = await self._registrar.find(_subject(request), candidate, deleted=request.flag("deleted"))
        return await self._version(request, version)

    async def versions(self, request: Request) -> Answer:
        subject = _subject(request)
        known = await self._registrar.numbers(subject)
        if request.flag("deletedOnly", "deleted_only"):
            known = [each for each in known if each[1]]
        elif not request.flag("deleted"):
            known = [each for each in known if not each[1]]
        if not known:
            raise SubjectMissingError(subject)
        return Answer(request.page([number for number, _ in known]))

    async def version(self, request: Request) -> Answer:
        return await self._version(request, await self._chosen(request))

    async def text(self, request: Request) -> Answer:
        version = await self._chosen(request)
        text = await self._formats.of(version.subject.context, version.content, request.word("format"))
        return Answer(text, is_raw=True)

    async def referring(self, request: Request) -> Answer:
        found = await self._registrar.referring(_subject(request), read_version(request.names["version"]))
        return Answer(request.page(list[Json](found)))

    async def with_metadata(self, request: Request) -> Answer:
        subject = _subject(request)
        wanted = dict(zip(request.query.get("key", ()), request.query.get("value", ()), strict=False))
        known = await self._registrar.versions(subject)
        known = known if request.flag("deleted") else live(known)
        if not known:
            raise SubjectMissingError(subject)
        fits = [each for each in known if wanted.items() <= properties(each.content.metadata).items()]
        if not fits:
            raise SchemaMissingError
        return await self._version(request, fits[-1])

    async def delete(self, request: Request) -> Answer:
        permanent = request.flag("permanent")
        gone = await self._registrar.delete_subject(_subject(request), permanent=permanent, actor=request.actor)
        await self._forget(permanent=permanent)
        return Answer(list[Json](gone))

    async def delete_version(self, request: Request) -> Answer:
        number, permanent = read_version(request.names["version"]), request.flag("permanent")
        subject = _subject(request)
        gone = await self._registrar.delete_version(subject, number, permanent=permanent, actor=request.actor)
        await self._forget(permanent=permanent)
        return Answer(gone)

    async def tag(self, request: Request) -> Answer:
        """Add a version with other tags in its metadata."""
        version = await self._chosen(request)
        content = _tagged(version.content, request.parts())
        wanted = request.parts().number("newVersion")
        candidate = Candidate(content, version=wanted if wanted and wanted > 0 else None)
        return Answer(_registered(request, await self._registrar.register(version.subject, candidate, request.actor)))

    async def compare(self, request: Request) -> Answer:
        return await self._compare(request, read_version(request.names["version"]))

    async def compare_all(self, request: Request) -> Answer:
        return await self._compare(request, None)

    async def _compare(self, request: Request, version: int | None) -> Answer:
        verbose, subject = request.flag("verbose"), _subject(request)
        try:
            reasons = await self._registrar.compare(subject, await self._candidates.read(request), version)
        except SchemaInvalidError as error:
            if not verbose:
                raise
            reasons = (str(error),)
        said: JsonObject = {"is_compatible": not reasons}
        return Answer(said | {"messages": list[Json](reasons)} if verbose else said)

    async def _forget(self, *, permanent: bool) -> None:
        """Answer nothing any more, once this returns, that stood for what is gone."""
        if permanent:
            self._ready.saw(await self._store.read(forgotten))

    async def _chosen(self, request: Request) -> SubjectVersion:
        number = read_version(request.names["version"])
        return await self._registrar.version(_subject(request), number, deleted=request.flag("deleted"))

    async def _version(self, request: Request, version: SubjectVersion) -> Answer:
        text = await self._formats.of(version.subject.context, version.content, request.word("format"))
        return Answer(version_json(version, text, guid=request.takes_unknown))


def _subject(request: Request) -> SubjectName:
    return read_subject(request.names["subject"], request.context)


def _context(request: Request) -> str | None:
    return request.context if request.context != "." else None


def _registered(request: Request, version: SubjectVersion) -> JsonObject:
    said: JsonObject = {"id": version.id}
    return said | {"version": version.version, "guid": version.guid} if request.takes_unknown else said


def _tagged(content: Content, parts: Parts) -> Content:
    metadata = content.metadata
    for key in ("tagsToAdd", "tagsToRemove"):
        for each in parts.objects(key):
            path = Parts(Parts(each).object("schemaEntity") or {}).text("entityPath")
            if not path:
                raise RequestMalformedError(f"{key}: schemaEntity.entityPath says what the tags are of")
            tags = Parts(each).texts("tags")
            add, remove = (tags, []) if key == "tagsToAdd" else ([], tags)
            metadata = tagged(metadata, path, add, remove)
    return Content(content.kind, content.text, content.references, metadata, content.rules)
