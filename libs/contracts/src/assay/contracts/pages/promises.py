"""What a contract guarantees, in sentences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from assay.contracts.levels import measured_level
from assay.contracts.model import Contract
from assay.contracts.pages.html import code, text

__all__ = ["promises_list"]

_UNITS = {"m": "minutes", "h": "hours", "d": "days", "s": "seconds", "ms": "milliseconds"}


def promises_list(contract: Contract, said: Mapping[str, Any]) -> str:
    """The list; `said` is the contract as its file has it."""
    return '<ul class="promise">\n' + "".join(f"<li>{each}</li>\n" for each in _lines(contract, said)) + "</ul>"


def _lines(contract: Contract, said: Mapping[str, Any]) -> Iterator[str]:
    if contract.enforcement == "enforce":
        yield "A record that breaks this contract is kept as a dead letter, and consumers never see it."
    else:
        yield "A record that breaks this contract is counted, and passed on all the same (observe)."
    yield from _measured(contract)
    yield from (_level(each) for each in said.get("slaProperties", []) if measured_level(dict(said), each) is None)
    for rule in contract.rules:
        yield f"{text(rule.description or rule.id)}: {code(rule.expr)}"
    if contract.dedup_s:
        yield f"An event counts once within {_duration(contract.dedup_s)}."
    if contract.ordered:
        longest = _duration(contract.ordered.timeout_s)
        yield f"Records of a key come in order: later ones wait behind one that failed, for {longest} at most."
    if contract.event_time:
        yield f"Days are those of {code(contract.event_time)} in {text(contract.timezone)}."
    for flow in contract.flows:
        yield f"A known failure is repaired: {code(flow.id)}."


def _measured(contract: Contract) -> Iterator[str]:
    """What is measured, and when it is not held against the contract."""
    for promise in contract.measured:
        more = ", ".join(filter(None, (promise.id, promise.patience.words)))
        yield f"{text(promise.promised)} <small>{text(more)}</small>"
    for time in contract.maintenance:
        yield f"Not held against it: {text(time.words(contract.timezone))}, {text(time.why)}."


def _level(level: Mapping[str, Any]) -> str:
    unit = str(level.get("unit", ""))
    words = f"{text(level.get('property'))}: {text(level.get('value'))} {text(_UNITS.get(unit, unit))}".rstrip()
    rest = [f"{each.get('property')} {each.get('value')}" for each in level.get("customProperties", [])]
    more = ", ".join(
        filter(None, (level.get("description"), f"of {level['element']}" if level.get("element") else "", *rest))
    )
    return f"{words} <small>{text(more)}</small>" if more else words


def _duration(seconds: int) -> str:
    for name, size in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds % size == 0:
            count = seconds // size
            return f"{count} {name}{'' if count == 1 else 's'}"
    return f"{seconds} seconds"
