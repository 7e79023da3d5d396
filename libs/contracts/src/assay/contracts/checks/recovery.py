"""Recovery flows: each must be able to meet a failure of this contract and to repair it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from assay.contracts.checks.parts import body_of, custom_at
from assay.contracts.checks.scope import Scope
from assay.contracts.document import Document, Pointer
from assay.contracts.engine import validator
from assay.contracts.errors import Finding
from assay.contracts.explain import KEYWORDS, shape
from assay.contracts.reading import read_field
from assay.contracts.rules import Condition, RuleSyntaxError
from assay.contracts.schema import field_schema
from assay.contracts.words import did_you_mean

__all__ = ["check_flows", "check_recovery"]


def check_recovery(document: Document) -> Iterator[Finding]:
    """Every flow names fields and rules that exist, and sets values that the contract allows."""
    recovery, at = custom_at(document, "assay.recovery")
    flows = recovery["flows"] if recovery else []
    rules, _ = custom_at(document, "assay.rules")
    scope = Scope(
        fields=tuple(read_field(each) for each in body_of(document)["properties"]),
        rules=tuple(each["id"] for each in rules or []),
    )
    yield from check_flows(document, [(flow, (*at, "flows", index)) for index, flow in enumerate(flows)], scope)


def check_flows(document: Document, flows: Sequence[tuple[dict[str, Any], Pointer]], scope: Scope) -> Iterator[Finding]:
    """What is wrong with flows that stand at these places of a document, for a contract of that scope."""
    seen: set[str] = set()
    for flow, at in flows:
        if flow["id"] in seen:
            yield document.finding(at, f"flow {flow['id']!r} is here twice; give each its own id")
        seen.add(flow["id"])
        for place, message in (*_when(flow["when"], scope), *_steps(flow["steps"], scope)):
            yield document.finding((*at, *place), f"flow {flow['id']!r}: {message}")


_Problem = tuple[Pointer, str]


def _when(when: dict[str, Any], scope: Scope) -> Iterator[_Problem]:
    first = when.get("path", "").split("/")[1:2]
    if first and first[0] not in scope.names:
        yield ("when", "path"), f"{first[0]!r} is not a property{did_you_mean(first[0], scope.names)}"
    known = scope.rules if when["reason"] == "rule" else KEYWORDS
    if "rule" in when and when["rule"] not in known:
        hint = did_you_mean(when["rule"], known) or f"; reason {when['reason']} knows {', '.join(known) or 'none'}"
        yield ("when", "rule"), f"there is no rule {when['rule']!r}{hint}"
    if "condition" in when:
        yield from _condition(when["condition"], scope.names)


def _condition(expr: str, names: Sequence[str]) -> Iterator[_Problem]:
    try:
        Condition(expr, names)
    except RuleSyntaxError as error:
        hint = did_you_mean(error.unknown, names) if error.unknown else ""
        yield ("when", "condition"), f"{error}{hint}"


def _steps(steps: Iterable[dict[str, Any]], scope: Scope) -> Iterator[_Problem]:
    for place, step in enumerate(steps):
        for action, changes in step.items():
            for name, value in changes.items():
                for message in _change(action, name, value, scope):
                    yield ("steps", place, action, name), message


def _change(action: str, name: str, value: Any, scope: Scope) -> Iterator[str]:
    field = next((each for each in scope.fields if each.name == name), None)
    if field is None:
        yield f"{name!r} is not a property{did_you_mean(name, scope.names)}"
    elif action == "set" and not validator(field_schema(field)).is_valid(value):
        yield f"sets {name!r} to a {shape(value)} that the contract refuses; set one that it allows"
    elif action == "cast" and value != field.type:
        yield f"casts {name!r} to {value}, but the contract says {field.type}"
