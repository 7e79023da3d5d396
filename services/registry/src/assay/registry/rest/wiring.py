"""Builds the REST face from its parts."""

from __future__ import annotations

from assay.registry.registrar import Registrar
from assay.registry.rest.app import RestApp
from assay.registry.rest.candidates import Candidates
from assay.registry.rest.formats import Formats
from assay.registry.rest.ready_bytes import ReadyBytes
from assay.registry.rest.router import Route, Router
from assay.registry.rest.schema_routes import SchemaRoutes
from assay.registry.rest.server_routes import ServerRoutes
from assay.registry.rest.settings_routes import SettingsRoutes
from assay.registry.rest.subject_routes import SubjectRoutes
from assay.registry.settings_desk import SettingsDesk
from assay.registry.subject_store.store import SubjectStore
from assay.registry.workers import Works
from assay.runtime import Clock

__all__ = ["rest_app", "routes"]


def rest_app(store: SubjectStore, workers: Works, clock: Clock, ready: ReadyBytes) -> RestApp:
    """The application over a store; `ready` are its ready answers, which a Keeper keeps right."""
    return RestApp(Router(routes(store, workers, clock, ready)), ready)


def routes(store: SubjectStore, workers: Works, clock: Clock, ready: ReadyBytes) -> list[Route]:
    """Every path that is answered."""
    formats = Formats(store, workers)
    parts = (
        SubjectRoutes(Registrar(store, workers, clock), store, Candidates(workers), formats, ready),
        SchemaRoutes(store, formats, ready),
        SettingsRoutes(SettingsDesk(store, clock), store),
        ServerRoutes(store),
    )
    return [route for part in parts for route in part.routes()]
