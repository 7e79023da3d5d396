"""What contracts promise and how it is watched, and which service levels nothing measures."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from assay.contracts import Contract, Promise, ServiceLevel
from assay.contracts.checks.levels import how_to_measure
from assay.contracts.document import parse
from assay.contracts.levels import kind_of, measured_level

__all__ = ["facts", "lines"]


def facts(contract: Contract) -> dict[str, object]:
    """The promises of a contract as one JSON object."""
    return {
        "contract": contract.id,
        "version": contract.version,
        "promises": [_fact(contract, each) for each in contract.measured],
        "notes": [{"service_level": name, "why": why} for name, why in _notes(contract)],
    }


def lines(contract: Contract) -> Iterator[str]:
    """The promises of a contract, a line each with what is waited for; then what is a note."""
    yield f"{contract.id} {contract.version}"
    width = max((len(each.id) for each in contract.measured), default=0)
    for each in contract.measured:
        yield f"  {each.id:{width}}  {each.promised}"
        if each.patience.words:
            yield f"  {'':{width}}  {each.patience.words}"
    for time in contract.maintenance:
        yield f"  not held against it: {time.words(contract.timezone)} ({time.why})"
    if not contract.measured:
        yield "  nothing is measured"
    for name, why in _notes(contract):
        yield f"  note: nothing measures {name}; {why}"


def _fact(contract: Contract, promise: Promise | ServiceLevel) -> dict[str, object]:
    patience = promise.patience
    return {
        "promise": promise.id,
        "fingerprint": promise.fingerprint(contract.id),
        "promised": promise.promised,
        "window": promise.window.text if promise.window else None,
        "min_records": patience.min_records,
        "fires_after": patience.fires_after,
        "out_of": patience.out_of,
        "resolves_after": patience.resolves_after,
    }


def _notes(contract: Contract) -> Iterator[tuple[str, str]]:
    """The service levels that could be measured and are not, with how they would be."""
    value: dict[str, Any] = parse(contract.text, contract.id).value
    for level in value.get("slaProperties", []):
        if kind_of(level) and measured_level(value, level) is None:
            yield str(level["property"]), how_to_measure(value, level)
