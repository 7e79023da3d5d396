"""Who hears of a breach: the owner, the consumers whose reads touch the field, and who is upstream and downstream. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from assay.alerts.breaches import Kind, Measurement, Recipient, Role
from assay.alerts.routing.lineage import Reach, downstream, upstream
from assay.contracts import Contract, Party

__all__ = ["OPERATOR", "field_of", "recipients"]

ANY = "*"
NOTIFICATIONS = "notifications"
OPERATOR = Recipient("operator", "", Role.OPERATOR, why="nobody known owns it")  # where no other is named


def recipients(
    measurement: Measurement, contracts: Mapping[str, Contract], operators: Sequence[Recipient] = ()
) -> tuple[Recipient, ...]:
    """Return who is to hear, the strongest role first: owner, consumers, downstream, upstream.

    A measurement about no field, or one that the contract does not name, concerns every consumer. What concerns the
    machine goes to operators, and so does what nobody known owns. Who has several roles, or several ways to one contact,
    is there once.
    """
    contract = contracts.get(measurement.contract)
    if contract is None or measurement.kind is Kind.SERVICE:
        return tuple(operators) or (OPERATOR,)
    found = [
        *_owners(contract, Role.OWNER, f"owns {contract.id}"),
        *_concerned(contract, field_of(contract, measurement)),
        *(each for reach in downstream(contract, contracts) for each in _downstream(reach)),
        *(each for reach in upstream(contract, contracts) for each in _upstream(reach)),
    ]
    return tuple(_distinct(found))


def field_of(contract: Contract, measurement: Measurement) -> str | None:
    """The field in question, with dots between its parts: of a promise, or of records that break the contract."""
    if measurement.kind is Kind.PROMISE:
        return next((held.field for held in contract.promises if held.id == measurement.promise), None)
    parts = [part.replace("~1", "/").replace("~0", "~") for part in measurement.path.split("/")[1:]]
    if not parts or all(field.name != parts[0] for field in contract.fields):
        return None
    return ".".join(part for part in parts if part != "*")


def _owners(contract: Contract, role: Role, why: str) -> Iterator[Recipient]:
    """The owner by every channel of its support that is for notifications; by its contact where there is none."""
    ways = [each for each in contract.channels if each.scope == NOTIFICATIONS]
    for each in ways:
        yield Recipient(contract.owner.id, each.channel, role, each.tool, why)
    if not ways:
        yield Recipient(contract.owner.id, contract.owner.contact, role, why=why)


def _concerned(contract: Contract, field: str | None) -> Iterator[Recipient]:
    for party in contract.consumers:
        read = _read(party.reads, field)
        if read:
            yield _reader(party, Role.CONSUMER, f"reads {read} of {contract.id}")


def _downstream(reach: Reach) -> Iterator[Recipient]:
    made = f"{reach.contract.id}, which is made of it ({reach.words})"
    yield from _owners(reach.contract, Role.DOWNSTREAM, f"owns {made}")
    for party in reach.contract.consumers:
        yield _reader(party, Role.DOWNSTREAM, f"reads {made}")


def _upstream(reach: Reach) -> Iterator[Recipient]:
    yield from _owners(reach.contract, Role.UPSTREAM, f"owns {reach.contract.id}, of which it is made ({reach.words})")


def _reader(party: Party, role: Role, why: str) -> Recipient:
    return Recipient(party.id, party.contact, role, why=why, kind=party.kind)


def _read(reads: Sequence[str], field: str | None) -> str:
    """What of the field is read, in words; empty for nothing."""
    if field is None:
        return "all" if ANY in reads else ", ".join(reads)
    touched = [read for read in reads if read in (ANY, field) or _holds(read, field) or _holds(field, read)]
    return "all" if ANY in touched else ", ".join(touched)


def _holds(outer: str, inner: str) -> bool:
    return inner.startswith(f"{outer}.")


def _distinct(found: Iterable[Recipient]) -> Iterable[Recipient]:
    """Someone who owns and also consumes is told once; by another contact only as who has no stronger role."""
    ways: dict[str, tuple[Role, str]] = {}
    kept: dict[tuple[str, str], Recipient] = {}
    for each in found:
        first = ways.setdefault(each.id, (each.role, each.why))
        if first == (each.role, each.why):
            kept.setdefault((each.id, each.contact), each)
    return kept.values()
