"""Why the dead letters of a failure stay, in words. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from google.protobuf.message import DecodeError

from assay.api.validation.v1.verdict_pb2 import Violations
from assay.contracts import Violation
from assay.recovery.status import Standing
from assay.recovery.store.failure_rows import MAX_FAILURES

__all__ = ["explanation", "violations_in"]

MOST = 3
SEALED = "it is sealed, and recovery has no key file (ASSAY_RECOVERY_KEYS)"
REST = (
    f"the contract has more than {MAX_FAILURES:,} failures, and these are the dead letters of all others;"
    " select them by reason, path or producer"
)


def explanation(
    standing: Standing,
    reason: str,
    path: str,
    left: Mapping[str, int],
    *,
    is_known: bool,
    is_rest: bool = False,
    is_shut: bool = False,
) -> str:
    """Say why dead letters stay; nothing where none does, or where a flow may yet repair them.

    `left` is what was found when they were tried, each text with how many; `is_known` says that a flow may be for them,
    `is_shut` that it can't be tried, because they are sealed.
    """
    if is_rest:
        return REST
    if not standing.open:
        return "; ".join(_settled(standing))
    if left:
        most = sorted(left.items(), key=lambda each: (-each[1], each[0]))[:MOST]
        return most[0][0] if len(most) == 1 else "; ".join(f"{text} ({count:,})" for text, count in most)
    if is_shut:
        return SEALED
    return "" if is_known else f"no flow is for {reason}{f' at {path}' if path else ''}"


def _settled(standing: Standing) -> list[str]:
    """What became of those that are not whole again."""
    said = []
    if standing.quarantined:
        said.append(f"all attempts are used up ({standing.quarantined:,})")
    if standing.discarded:
        said.append(f"discarded by hand ({standing.discarded:,})")
    if standing.returned:
        said.append(f"came back as dead letters ({standing.returned:,})")
    return said


@lru_cache(maxsize=4_096)
def violations_in(packed: bytes) -> tuple[Violation, ...]:
    """Read the violations of a dead letter; none where they can't be read."""
    try:
        found = Violations.FromString(packed).violations
    except DecodeError:
        return ()
    return tuple(Violation(each.path, each.rule, each.expected, each.found) for each in found)
