"""Who hears of a breach: the owner, and the consumers whose reads touch the field in question."""

from __future__ import annotations

from collections.abc import Iterable

from assay.alerts.breaches import Kind, Measurement, Recipient
from assay.contracts import Contract, Party

__all__ = ["OPERATOR", "recipients"]

ANY = "*"
OPERATOR = Recipient("operator", "")  # hears of what nobody known owns


def recipients(contract: Contract | None, measurement: Measurement) -> tuple[Recipient, ...]:
    """Return owner first, then consumers in the contract's order; the operator alone where the contract is unknown.

    A measurement about no field, or one that the contract does not name, concerns every consumer.
    """
    if contract is None:
        return (OPERATOR,)
    field = _field(contract, measurement)
    concerned = [party for party in contract.consumers if field is None or _touches(party.reads, field)]
    return tuple(_distinct([contract.owner, *concerned]))


def _field(contract: Contract, measurement: Measurement) -> str | None:
    """The field in question, with dots between its parts: of a promise, or of records that break the contract."""
    if measurement.kind is Kind.PROMISE:
        return next((held.field for held in contract.promises if held.id == measurement.promise), None)
    parts = [part.replace("~1", "/").replace("~0", "~") for part in measurement.path.split("/")[1:]]
    if not parts or all(field.name != parts[0] for field in contract.fields):
        return None
    return ".".join(part for part in parts if part != "*")


def _touches(reads: Iterable[str], field: str) -> bool:
    return any(read in (ANY, field) or _holds(read, field) or _holds(field, read) for read in reads)


def _holds(outer: str, inner: str) -> bool:
    return inner.startswith(f"{outer}.")


def _distinct(parties: Iterable[Party]) -> Iterable[Recipient]:
    """Someone who owns and also consumes is told once."""
    by_id: dict[str, Recipient] = {}
    for party in parties:
        by_id.setdefault(party.id, Recipient(party.id, party.contact))
    return by_id.values()
