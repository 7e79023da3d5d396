"""Whether a version was raised as far as its changes ask for."""

from __future__ import annotations

import re
from collections.abc import Iterable

from assay.contracts.diff.change import Bump, Change

__all__ = ["asked", "is_between", "is_version", "next_version", "raised"]

_VERSION = re.compile(r"(\d+)\.(\d+)\.(\d+)(-[0-9A-Za-z.-]+)?")


def asked(changes: Iterable[Change], *, is_same_text: bool = False) -> Bump:
    """The raise that the changes ask for together; another text asks for some, whatever it says."""
    return max((change.bump for change in changes), default=Bump.NONE if is_same_text else Bump.PATCH)


def raised(before: str, after: str) -> Bump | None:
    """Which part of the version was raised; None where it went down.

    Below 1.0.0 each part counts as the one before it; a pre-release of the same version promises nothing.
    """
    (was, was_early), (now, now_early) = _parts(before), _parts(after)
    if was == now:
        if was_early and now_early != was_early:
            return Bump.MAJOR
        return Bump.NONE if was_early == now_early else None
    if now < was:
        return None
    place = next(index for index in range(3) if was[index] != now[index])
    bump = Bump(Bump.MAJOR - place)
    return Bump(min(bump + 1, Bump.MAJOR)) if was[0] == now[0] == 0 else bump


def is_between(before: str, version: str, after: str) -> bool:
    """Whether a version comes after one and not after the other; of one number, pre-releases come first."""
    low, here, high = ((core, not early, early) for core, early in map(_parts, (before, version, after)))
    return low < here <= high


def next_version(before: str, bump: Bump) -> str:
    """The lowest version that raises this part."""
    (major, minor, patch), _ = _parts(before)
    if major == 0:
        bump = Bump(max(bump - 1, Bump.PATCH))
    match bump:
        case Bump.MAJOR:
            return f"{major + 1}.0.0"
        case Bump.MINOR:
            return f"{major}.{minor + 1}.0"
    return f"{major}.{minor}.{patch + 1}"


def is_version(text: str) -> bool:
    """Whether it is MAJOR.MINOR.PATCH, as lint wants it."""
    return _VERSION.fullmatch(text) is not None


def _parts(version: str) -> tuple[tuple[int, int, int], str]:
    found = _VERSION.fullmatch(version)
    assert found is not None, version  # lint takes no other
    return (int(found[1]), int(found[2]), int(found[3])), found[4] or ""
