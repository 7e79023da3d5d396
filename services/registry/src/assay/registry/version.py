"""Which version of a contract may follow which: pure rules."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from assay.registry.errors import (
    VersionInForceError,
    VersionMalformedError,
    VersionNotRaisedError,
    VersionTakenError,
    VersionUnknownError,
)

__all__ = ["History", "PublishedVersion", "Token", "admit", "named", "newest", "restated", "resume", "retirable"]

SEMVER = re.compile(
    r"v?(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+[0-9A-Za-z.-]+)?"
)

Precedence = tuple[int, int, int, int, tuple[tuple[int, int, str], ...]]


@dataclass(frozen=True, slots=True)
class PublishedVersion:
    """One version of a contract as it was published; `revision` is that of its last change."""

    id: int
    contract: str
    version: str
    text: bytes
    published_ms: int
    revision: int
    retired: bool = False
    deprecated: bool = False


@dataclass(frozen=True, slots=True)
class History:
    """The life of one store: which it is, and how far it got."""

    epoch: str
    revision: int


Token = History
"""Where a watcher stands: a place in the history of one store."""


def admit(published: Sequence[PublishedVersion], contract: str, version: str, text: bytes) -> PublishedVersion | None:
    """Return the version that already is this text, None where a new one may be added.

    Raises:
        VersionMalformedError: the version can't be ordered.
        VersionTakenError: the version is there with another text.
        VersionNotRaisedError: the version is not above the newest.
    """
    precedence = _precedence(contract, version)
    for known in published:
        if known.version == version:
            if known.text == text:
                return known
            raise VersionTakenError(contract, version)
    if published and precedence <= _precedence(contract, newest(published).version):
        raise VersionNotRaisedError(contract, version, newest(published).version)
    return None


def newest(published: Sequence[PublishedVersion]) -> PublishedVersion:
    """Return the version that was published last; there must be one."""
    return max(published, key=lambda known: known.id)


def named(published: Sequence[PublishedVersion], contract: str, version: str) -> PublishedVersion:
    """Return the version of that name.

    Raises:
        VersionUnknownError: there is none.
    """
    for known in published:
        if known.version == version:
            return known
    raise VersionUnknownError(contract, version)


def retirable(published: Sequence[PublishedVersion], contract: str, version: str) -> PublishedVersion:
    """Return the version of that name, which may be retired.

    Raises:
        VersionUnknownError: there is none.
        VersionInForceError: it is the newest.
    """
    found = named(published, contract, version)
    if found == newest(published):
        raise VersionInForceError(contract, version)
    return found


def restated(published: Sequence[PublishedVersion], added: PublishedVersion) -> list[PublishedVersion]:
    """Return the versions before the added one that begin or cease to be deprecated with it, as they are then.

    The newest version speaks for its contract: where it ends the contract, all of them are deprecated; else those of a
    lower major number are.
    """
    major = _precedence(added.contract, added.version)[0]
    changed = []
    for known in published:
        deprecated = added.deprecated or _precedence(known.contract, known.version)[0] < major
        if known.deprecated != deprecated:
            changed.append(replace(known, deprecated=deprecated))
    return changed


def resume(history: History, after: Token) -> int:
    """Return the revision to go on from: 0, which is everything, where the token is of another history."""
    return after.revision if after.epoch == history.epoch and 0 <= after.revision <= history.revision else 0


def _precedence(contract: str, version: str) -> Precedence:
    """Order versions as Semantic Versioning 2.0 does: a pre-release comes before its release."""
    found = SEMVER.fullmatch(version)
    if not found:
        raise VersionMalformedError(contract, version)
    major, minor, patch, early = found.groups()
    marks = tuple((0, int(mark), "") if mark.isdigit() else (1, 0, mark) for mark in (early or "").split(".") if mark)
    return int(major), int(minor), int(patch), 0 if marks else 1, marks
