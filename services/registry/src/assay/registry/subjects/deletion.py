"""What may be deleted, softly or for good: pure rules."""

from __future__ import annotations

from collections.abc import Sequence

from assay.registry.subjects.content import LATEST, SubjectVersion, live
from assay.registry.subjects.errors import (
    GovernedError,
    NotPermittedError,
    SubjectDeletedError,
    SubjectLiveError,
    SubjectMissingError,
    VersionDeletedError,
    VersionLiveError,
    VersionMissingError,
)
from assay.registry.subjects.names import SubjectName
from assay.registry.subjects.registration import Seen

__all__ = ["check_writable", "chosen", "subject_deletable", "version_deletable"]


def check_writable(seen: Seen, what: str) -> None:
    """Refuse what the mode of the subject, or its contract, forbids.

    Raises:
        GovernedError: a contract governs it.
        NotPermittedError: it is read-only.
    """
    if seen.contract:
        raise GovernedError(seen.subject, seen.contract, f"{what} is read-only over REST")
    if seen.access.is_read_only:
        raise NotPermittedError(f"Subject {seen.subject} in context {seen.subject.context} is in read-only mode")


def _check_lasting(seen: Seen, gone: Sequence[SubjectVersion]) -> None:
    """Refuse to take the id of a contract's version away, which records bear for ever."""
    for each in gone:
        if each.contract:
            raise GovernedError(seen.subject, each.contract, f"its version {each.version} keeps its id for good")


def subject_deletable(seen: Seen, *, permanent: bool) -> tuple[SubjectVersion, ...]:
    """The versions that deleting the subject deletes.

    Raises:
        SubjectMissingError: there is none.
        SubjectDeletedError: all are soft-deleted, and that is asked for.
        SubjectLiveError: some are not soft-deleted, and are to go for good.
        GovernedError: a contract governs it, or did when records were written.
    """
    if not seen.versions:
        raise SubjectMissingError(seen.subject)
    check_writable(seen, "deletion")
    alive = live(seen.versions)
    if permanent:
        if alive:
            raise SubjectLiveError(seen.subject)
        _check_lasting(seen, seen.versions)
        return seen.versions
    if not alive:
        raise SubjectDeletedError(seen.subject)
    return alive


def version_deletable(seen: Seen, version: int, *, permanent: bool) -> SubjectVersion:
    """The version that is to be deleted.

    Raises:
        SubjectMissingError, VersionMissingError: there is none.
        VersionDeletedError: it is soft-deleted, and that is asked for.
        VersionLiveError: it is not soft-deleted, and is to go for good.
    """
    numbers = [(each.version, each.is_deleted) for each in seen.versions]
    wanted = chosen(seen.subject, numbers, version, deleted=True)
    found = next(each for each in seen.versions if each.version == wanted)
    check_writable(seen, "deletion")
    if permanent and not found.is_deleted:
        raise VersionLiveError(seen.subject, found.version)
    if permanent:
        _check_lasting(seen, [found])
    if not permanent and found.is_deleted:
        raise VersionDeletedError(seen.subject, found.version)
    return found


def chosen(subject: SubjectName, numbers: Sequence[tuple[int, bool]], wanted: int, *, deleted: bool = False) -> int:
    """The number of a version that is wanted by its number, or as the latest; each number with whether it is deleted.

    Raises:
        SubjectMissingError: the subject has none that counts.
        VersionMissingError: it has others.
    """
    alive = [number for number, is_deleted in numbers if not is_deleted]
    among = [number for number, _ in numbers] if deleted else alive
    if not among:
        raise SubjectMissingError(subject)
    if wanted == LATEST:
        return (alive or among)[-1]
    if wanted not in among:
        raise VersionMissingError(wanted)
    return wanted
