"""The audit of the registry, for a person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from assay.api.registry.v1 import registry_pb2, registry_pb2_grpc
from assay.cli.calls import CALL_S, calling
from assay.cli.plain import plain

__all__ = ["Change", "told"]

_PAGE = 200


@dataclass(frozen=True, slots=True)
class Change:
    """One entry of the audit."""

    number: int
    at: str
    actor: str
    action: str
    target: str
    reason: str
    detail: Mapping[str, str]

    def in_words(self) -> str:
        """Return it as one line."""
        facts = " ".join(f"{key}={value}" for key, value in sorted(self.detail.items()))
        why = f" because: {self.reason}" if self.reason else ""
        return plain(f"{self.at} {self.actor or 'unnamed'} {self.action} {self.target} {facts}{why}").plain


async def told(registry: str, target: str, limit: int) -> list[Change]:
    """Return the newest changes, of one target where it is named; all of them where the limit is 0.

    Raises:
        CallError: the registry does not answer.
    """
    found: list[Change] = []
    before = 0
    async with calling("registry", registry) as channel:
        stub = registry_pb2_grpc.RegistryServiceStub(channel)
        while True:
            page = min(limit - len(found), _PAGE) if limit else _PAGE
            request = registry_pb2.ListAuditRequest(before=before, limit=page, target=target)
            answer = await stub.ListAudit(request, timeout=CALL_S)
            found.extend(_change(entry) for entry in answer.entries)
            before = answer.next_before
            if not before or len(found) == limit:
                return found


def _change(entry: registry_pb2.AuditEntry) -> Change:
    at = datetime.fromtimestamp(entry.at_ms / 1000, UTC).isoformat(timespec="milliseconds")
    facts = (entry.actor, entry.action, entry.target, entry.reason)
    return Change(entry.number, at, *facts, dict(entry.detail))
