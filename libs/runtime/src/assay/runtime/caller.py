"""Who makes a gRPC call and why, as the call itself says."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["Actor", "actor_of"]

ACTOR, REASON, COMMIT = "assay-actor-bin", "assay-reason-bin", "assay-commit-bin"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks for a change, as the call says, and why. Nobody checks the name: a gate in front of the service may."""

    name: str
    reason: str = ""
    commit: str = ""


def actor_of(metadata: Iterable[tuple[str, str | bytes]] | None) -> Actor:
    """Return the actor that the metadata of a gRPC call names; nobody where it names none."""
    said = {key: value for key, value in metadata or () if isinstance(value, bytes)}
    name, reason, commit = (said.get(key, b"").decode(errors="replace") for key in (ACTOR, REASON, COMMIT))
    return Actor(name, reason, commit)
