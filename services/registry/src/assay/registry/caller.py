"""Who makes a call, as the call itself says."""

from __future__ import annotations

from collections.abc import Iterable

from assay.registry.audit import Actor

__all__ = ["actor_of"]

ACTOR, REASON, COMMIT = "assay-actor-bin", "assay-reason-bin", "assay-commit-bin"


def actor_of(metadata: Iterable[tuple[str, str | bytes]] | None) -> Actor:
    """Return the actor that the metadata of a gRPC call names; nobody where it names none."""
    said = {key: value for key, value in metadata or () if isinstance(value, bytes)}
    name, reason, commit = (said.get(key, b"").decode(errors="replace") for key in (ACTOR, REASON, COMMIT))
    return Actor(name, reason, commit)
