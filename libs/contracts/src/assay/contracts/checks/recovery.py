"""Recovery flows: each must be able to meet a failure of this contract and to repair it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from assay.contracts.checks.conditions import check_condition
from assay.contracts.checks.parts import body_of, custom_at, field_names, repeated
from assay.contracts.document import Document, Pointer
from assay.contracts.engine import validator
from assay.contracts.errors import Finding
from assay.contracts.explain import KEYWORDS, shape
from assay.contracts.reading import read_field
from assay.contracts.schema import field_schema
from assay.contracts.words import did_you_mean

__all__ = ["check_recovery"]


def check_recovery(document: Document) -> Iterator[Finding]:
    """Every flow names fields and rules that exist, and sets values that the contract allows."""
    recovery, at = custom_at(document, "assay.recovery")
    flows = recovery["flows"] if recovery else []
    for index, name in repeated(flows, "id"):
        yield document.finding((*at, "flows", index), f"flow {name!r} is here twice; give each its own id")
    for index, flow in enumerate(flows):
        here = (*at, "flows", index)
        yield from _when(document, flow, (*here, "when"))
        for place, step in enumerate(flow["steps"]):
            yield from _step(document, flow["id"], step, (*here, "steps", place))


def _when(document: Document, flow: dict[str, Any], at: Pointer) -> Iterator[Finding]:
    when, of = flow["when"], f"flow {flow['id']!r}"
    first = when.get("path", "").split("/")[1:2]
    if first and first[0] not in (names := field_names(document)):
        yield document.finding((*at, "path"), f"{of}: {first[0]!r} is not a property{did_you_mean(first[0], names)}")
    rules, _ = custom_at(document, "assay.rules")
    known = [each["id"] for each in rules or []] if when["reason"] == "rule" else KEYWORDS
    if "rule" in when and when["rule"] not in known:
        hint = did_you_mean(when["rule"], known) or f"; reason {when['reason']} knows {', '.join(known) or 'none'}"
        yield document.finding((*at, "rule"), f"{of}: there is no rule {when['rule']!r}{hint}")
    if "condition" in when:
        yield from check_condition(document, when["condition"], (*at, "condition"), of)


def _step(document: Document, flow: str, step: dict[str, Any], at: Pointer) -> Iterator[Finding]:
    fields = {each["name"]: each for each in body_of(document)["properties"]}
    for action, changes in step.items():
        for name, value in changes.items():
            here, of = (*at, action, name), f"flow {flow!r}"
            if name not in fields:
                yield document.finding(here, f"{of}: {name!r} is not a property{did_you_mean(name, fields)}")
            elif action == "set" and not validator(field_schema(read_field(fields[name]))).is_valid(value):
                message = f"sets {name!r} to a {shape(value)} that the contract refuses; set one that it allows"
                yield document.finding(here, f"{of}: {message}")
            elif action == "cast" and value != (kind := fields[name].get("logicalType")):
                yield document.finding(here, f"{of}: casts {name!r} to {value}, but the contract says {kind}")
