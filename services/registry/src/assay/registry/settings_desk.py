"""Settings and modes of subjects, contexts and everything: read, changed, taken back."""

from __future__ import annotations

from functools import partial

import sqlalchemy as sa

from assay.registry.audit import Actor, note
from assay.registry.subject_store.looking import access_of, look, own_access, own_settings, settings_of
from assay.registry.subject_store.reading import subjects
from assay.registry.subject_store.store import SubjectStore
from assay.registry.subject_store.tables import VERSIONS
from assay.registry.subject_store.writing import close_context, keep_settings
from assay.registry.subjects.deletion import check_writable
from assay.registry.subjects.errors import (
    ConfigMissingError,
    ContextInUseError,
    GovernedError,
    ModeMissingError,
    NotPermittedError,
    SubjectMissingError,
)
from assay.registry.subjects.json_values import JsonObject, canonical, parse_object
from assay.registry.subjects.names import GLOBAL, SubjectName
from assay.registry.subjects.settings import Access, Settings, updated
from assay.runtime import Clock

__all__ = ["SettingsDesk"]


class SettingsDesk:
    """Config and mode per scope; raises SubjectErrors and StoreAwayError."""

    def __init__(self, store: SubjectStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def config(self, scope: SubjectName, *, inherit: bool) -> Settings:
        """Return the settings of a scope, or what holds for it where it has none and may inherit."""
        if inherit or scope.is_global:
            return await self._store.read(partial(settings_of, scope=scope))
        settings = await self._store.read(partial(own_settings, scope=scope))
        if settings is None:
            raise ConfigMissingError(scope)
        return settings

    async def configure(self, scope: SubjectName, said: bytes, actor: Actor) -> JsonObject:
        """Change the keys that a JSON object says, and return them as they are now."""
        return await self._store.write(partial(_configure, scope, said, self._clock.now_ms(), actor))

    async def forget_config(self, scope: SubjectName, actor: Actor) -> Settings:
        """Take the settings of a scope away, and return what they were."""
        return await self._store.write(partial(_forget_config, scope, self._clock.now_ms(), actor))

    async def mode(self, scope: SubjectName, *, inherit: bool) -> Access:
        """Return the mode of a scope, or what holds for it where it has none and may inherit."""
        if inherit or scope.is_global:
            return await self._store.read(partial(access_of, scope=scope))
        mode = await self._store.read(partial(own_access, scope=scope))
        if mode is None:
            raise ModeMissingError(scope)
        return mode

    async def set_mode(self, scope: SubjectName, mode: Access, actor: Actor, *, force: bool) -> Access:
        """Change the mode of a scope."""
        return await self._store.write(partial(_set_mode, scope, mode, force, self._clock.now_ms(), actor))

    async def forget_mode(self, scope: SubjectName, actor: Actor) -> Access:
        """Take the mode of a scope away, and return what it was."""
        return await self._store.write(partial(_forget_mode, scope, self._clock.now_ms(), actor))

    async def close_context(self, context: str, actor: Actor) -> None:
        """Forget a context in which there is no subject, and its settings."""
        await self._store.write(partial(_close_context, context, self._clock.now_ms(), actor))


def _configure(scope: SubjectName, text: bytes, now_ms: int, actor: Actor, transaction: sa.Connection) -> JsonObject:
    said = parse_object(text)
    if scope.name:
        check_writable(look(transaction, scope), "its configuration")
    settings = updated(own_settings(transaction, scope) or Settings(), said)
    config = canonical(settings.as_json())
    keep_settings(transaction, scope, config=config)
    note(transaction, now_ms, actor, "config.changed", str(scope), {"config": config})
    asked = {"compatibility" if key == "compatibilityLevel" else key for key in said}
    return {key: value for key, value in settings.as_json(level_key="compatibility").items() if key in asked}


def _forget_config(scope: SubjectName, now_ms: int, actor: Actor, transaction: sa.Connection) -> Settings:
    if scope.name:
        check_writable(look(transaction, scope), "its configuration")
    before = own_settings(transaction, scope)
    if before is None and not scope.is_global:
        raise SubjectMissingError(scope)
    answer = before or settings_of(transaction, scope)
    keep_settings(transaction, scope, config="")
    note(transaction, now_ms, actor, "config.deleted", str(scope))
    return answer


def _set_mode(
    scope: SubjectName, mode: Access, force: bool, now_ms: int, actor: Actor, transaction: sa.Connection
) -> Access:
    _check_ungoverned(transaction, scope)
    if mode is Access.IMPORT and not force and _is_in_use(transaction, scope):
        raise NotPermittedError(f"Cannot import since found existing subjects in {scope or 'the registry'}")
    keep_settings(transaction, scope, mode=str(mode))
    note(transaction, now_ms, actor, "mode.changed", str(scope), {"mode": str(mode)})
    return mode


def _forget_mode(scope: SubjectName, now_ms: int, actor: Actor, transaction: sa.Connection) -> Access:
    _check_ungoverned(transaction, scope)
    before = own_access(transaction, scope)
    if before is None and not scope.is_global:
        raise SubjectMissingError(scope)
    keep_settings(transaction, scope, mode="")
    note(transaction, now_ms, actor, "mode.deleted", str(scope))
    return before or Access.READWRITE


def _close_context(context: str, now_ms: int, actor: Actor, transaction: sa.Connection) -> None:
    if subjects(transaction, context, "", deleted=True, only_deleted=False) or context == GLOBAL.context:
        raise ContextInUseError(context)
    if close_context(transaction, context):
        note(transaction, now_ms, actor, "context.deleted", context)


def _check_ungoverned(transaction: sa.Connection, scope: SubjectName) -> None:
    if scope.name and (contract := look(transaction, scope).contract):
        raise GovernedError(scope, contract, "its mode is read-only over REST")


def _is_in_use(transaction: sa.Connection, scope: SubjectName) -> bool:
    query = sa.select(VERSIONS.c.id).where(VERSIONS.c.context == scope.context, VERSIONS.c.deleted.is_(sa.false()))
    if scope.name:
        query = query.where(VERSIONS.c.subject == scope.name)
    return transaction.execute(query.limit(1)).first() is not None
