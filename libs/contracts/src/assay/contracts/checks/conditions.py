"""Rules: conditions that compile over the fields of the record."""

from __future__ import annotations

from collections.abc import Iterator

from assay.contracts.checks.parts import body_of, custom_at, field_names, repeated
from assay.contracts.document import Document, Pointer
from assay.contracts.errors import Finding
from assay.contracts.explain import KEYWORDS
from assay.contracts.reading import read_field
from assay.contracts.rule_kinds import rule_kinds
from assay.contracts.rules import Condition, RuleSyntaxError
from assay.contracts.words import did_you_mean

__all__ = ["check_condition", "check_conditions", "check_decided"]


def check_conditions(document: Document) -> Iterator[Finding]:
    """Every rule has an id of its own and compiles."""
    rules, at = custom_at(document, "assay.rules")
    for index, name in repeated(rules or [], "id"):
        yield document.finding((*at, index), f"rule {name!r} is here twice; give each its own id")
    for index, rule in enumerate(rules or []):
        if rule["id"] in KEYWORDS:
            yield document.finding(
                (*at, index, "id"), f"{rule['id']!r} is a rule of the schema; give this one another id"
            )
        yield from check_condition(document, rule["expr"], (*at, index, "expr"), f"rule {rule['id']!r}")


def check_condition(document: Document, expr: str, at: Pointer, of: str) -> Iterator[Finding]:
    """Whether an expression is a condition over the record."""
    names = field_names(document)
    try:
        Condition(expr, names)
    except RuleSyntaxError as error:
        hint = did_you_mean(error.unknown, names) if error.unknown else ""
        yield document.finding(at, f"{of}: {error}{hint}")


def check_decided(document: Document) -> Iterator[Finding]:
    """Every rule is true or false of some record; one that has no value on any would refuse all of them."""
    rules, at = custom_at(document, "assay.rules")
    openness, _ = custom_at(document, "assay.openness")
    fields = [read_field(each) for each in body_of(document)["properties"]]
    kinds = rule_kinds(fields, is_closed=openness != "open")
    for index, rule in enumerate(rules or []):
        if why := Condition(rule["expr"], kinds).undecided(kinds):
            yield document.finding((*at, index, "expr"), f"rule {rule['id']!r} can be decided on no record: {why}")
