"""/config, /mode and /contexts."""

from __future__ import annotations

from assay.registry.rest.http import Answer, Request
from assay.registry.rest.router import Route
from assay.registry.settings_desk import SettingsDesk
from assay.registry.subject_store.reading import contexts
from assay.registry.subject_store.store import SubjectStore
from assay.registry.subjects.json_values import Json
from assay.registry.subjects.names import GLOBAL, SubjectName, read_context, read_scope
from assay.registry.subjects.settings import read_access

__all__ = ["SettingsRoutes"]


class SettingsRoutes:
    """Reads and changes what holds for a subject, a context, or everything."""

    def __init__(self, desk: SettingsDesk, store: SubjectStore) -> None:
        self._desk = desk
        self._store = store

    def routes(self) -> list[Route]:
        """The paths that this answers."""
        return [
            *(Route("GET", path, self.config) for path in ("/config", "/config/{subject}")),
            *(Route("PUT", path, self.configure) for path in ("/config", "/config/{subject}")),
            *(Route("DELETE", path, self.forget_config) for path in ("/config", "/config/{subject}")),
            *(Route("GET", path, self.mode) for path in ("/mode", "/mode/{subject}")),
            *(Route("PUT", path, self.set_mode) for path in ("/mode", "/mode/{subject}")),
            *(Route("DELETE", path, self.forget_mode) for path in ("/mode", "/mode/{subject}")),
            Route("GET", "/contexts", self.contexts),
            Route("DELETE", "/contexts/{context}", self.close_context),
        ]

    async def config(self, request: Request) -> Answer:
        settings = await self._desk.config(_scope(request), inherit=request.flag("defaultToGlobal"))
        return Answer(settings.as_json())

    async def configure(self, request: Request) -> Answer:
        return Answer(await self._desk.configure(_scope(request), request.body, request.actor))

    async def forget_config(self, request: Request) -> Answer:
        return Answer((await self._desk.forget_config(_scope(request), request.actor)).as_json())

    async def mode(self, request: Request) -> Answer:
        mode = await self._desk.mode(_scope(request), inherit=request.flag("defaultToGlobal"))
        return Answer({"mode": str(mode)})

    async def set_mode(self, request: Request) -> Answer:
        mode, force = read_access(request.json().get("mode")), request.flag("force")
        return Answer({"mode": str(await self._desk.set_mode(_scope(request), mode, request.actor, force=force))})

    async def forget_mode(self, request: Request) -> Answer:
        return Answer({"mode": str(await self._desk.forget_mode(_scope(request), request.actor))})

    async def contexts(self, request: Request) -> Answer:
        return Answer(request.page(list[Json](await self._store.read(contexts))))

    async def close_context(self, request: Request) -> Answer:
        await self._desk.close_context(read_context(request.names["context"]), request.actor)
        return Answer(status=204)


def _scope(request: Request) -> SubjectName:
    subject = request.names.get("subject")
    if subject is None:
        return SubjectName(request.context) if request.context != GLOBAL.context else GLOBAL
    return read_scope(subject, request.context)
