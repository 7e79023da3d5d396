"""What may be deleted, softly or for good: pure rules."""

from __future__ import annotations

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


def subject_deletable(seen: Seen, *, permanent: bool) -> tuple[SubjectVersion, ...]:
    """The versions that deleting the subject deletes.

    Raises:
        SubjectMissingError: there is none.
        SubjectDeletedError: all are soft-deleted, and that is asked for.
        SubjectLiveError: some are not soft-deleted, and are to go for good.
    """
    if not seen.versions:
        raise SubjectMissingError(seen.subject)
    check_writable(seen, "deletion")
    alive = live(seen.versions)
    if permanent:
        if alive:
            raise SubjectLiveError(seen.subject)
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
    found = chosen(seen.subject, seen.versions, version, deleted=True)
    check_writable(seen, "deletion")
    if permanent and not found.is_deleted:
        raise VersionLiveError(seen.subject, found.version)
    if not permanent and found.is_deleted:
        raise VersionDeletedError(seen.subject, found.version)
    return found


def chosen(
    subject: SubjectName, versions: tuple[SubjectVersion, ...], version: int, *, deleted: bool = False
) -> SubjectVersion:
    """The version of that number, or the latest.

    Raises:
        SubjectMissingError: the subject has none that counts.
        VersionMissingError: it has others.
    """
    among = versions if deleted else live(versions)
    if not among:
        raise SubjectMissingError(subject)
    if version == LATEST:
        return (live(versions) or among)[-1]
    for each in among:
        if each.version == version:
            return each
    raise VersionMissingError(version)
