"""Recovery flows: each must be able to meet a failure of this contract and to repair it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from assay.contracts.checks.migrations import check_migration
from assay.contracts.checks.parts import body_of, custom_at
from assay.contracts.checks.places import temporary_places, unknown_place
from assay.contracts.checks.scope import Scope
from assay.contracts.checks.steps import Problem, check_steps
from assay.contracts.document import Document, Pointer
from assay.contracts.errors import Finding
from assay.contracts.explain import KEYWORDS
from assay.contracts.flow import read_flow
from assay.contracts.reading import read_field
from assay.contracts.recovery.pointers import parse
from assay.contracts.recovery.sight import names_of
from assay.contracts.rules import Condition, RuleSyntaxError
from assay.contracts.words import did_you_mean

__all__ = ["check_flows", "check_recovery"]

_RULES = {
    "schema": KEYWORDS,
    "malformed": ("json", "avro", "protobuf"),
    "envelope": ("envelope",),
    "unknown_schema": ("contract", "retired", "version"),
    "late": ("late",),
    "too_large": ("maxRecordBytes",),
}
"""The rules that a violation of a reason may name, where the contract does not say them.

Of unknown_schema, recovery replays `registry_away` by itself once the version is known.
"""


def check_recovery(document: Document) -> Iterator[Finding]:
    """Every flow names fields and rules that exist, and gives values that the contract allows."""
    recovery, at = custom_at(document, "assay.recovery")
    flows = recovery["flows"] if recovery else []
    yield from check_flows(
        document, [(flow, (*at, "flows", index)) for index, flow in enumerate(flows)], _scope(document)
    )


def check_flows(document: Document, flows: Sequence[tuple[dict[str, Any], Pointer]], scope: Scope) -> Iterator[Finding]:
    """What is wrong with flows that stand at these places of a document, for a contract of that scope."""
    ids: set[str] = set()
    digests: dict[str, str] = {}
    for flow, at in flows:
        name = flow["id"]
        if name in ids:
            yield document.finding(at, f"flow {name!r} is here twice; give each its own id")
        ids.add(name)
        problems = list(_problems(flow, scope))
        for place, message in problems:
            yield document.finding((*at, *place), f"flow {name!r}: {message}")
        if not problems and (same := digests.setdefault(read_flow(flow).digest, name)) != name:
            yield document.finding(
                at, f"flow {name!r} does what flow {same!r} does, so it is never its turn; take it out"
            )


def _scope(document: Document) -> Scope:
    rules, _ = custom_at(document, "assay.rules")
    topics, _ = custom_at(document, "assay.topics")
    openness, _ = custom_at(document, "assay.openness")
    return Scope(
        fields=tuple(read_field(each) for each in body_of(document)["properties"]),
        rules=tuple(each["id"] for each in rules or []),
        version=document.value["version"],
        is_closed=openness != "open",
        is_cdc=(topics or {}).get("kind") == "cdc",
        form=(topics or {}).get("format", "json"),
    )


def _problems(flow: dict[str, Any], scope: Scope) -> Iterator[Problem]:
    when = flow.get("when", {})
    if "migration" in flow:
        yield from check_migration(flow["migration"], scope)
    elif "when" not in flow:
        yield (), "it is for no failure; say `when`, or which `migration` it is"
    elif "reason" not in when:
        yield ("when",), f"key 'reason' is missing in 'when'; write one of {', '.join(('rule', *_RULES))}"
    yield from _when(flow, when, scope)
    yield from check_steps(flow, scope)


def _when(flow: dict[str, Any], when: dict[str, Any], scope: Scope) -> Iterator[Problem]:
    reason = when.get("reason", "")
    if reason == "envelope" and not scope.is_cdc:
        yield ("when", "reason"), "records of an app have no envelope; that reason is for a contract of kind cdc"
    is_known = when.get("rule") != "additionalProperties" and "migration" not in flow
    message = unknown_place(parse(when.get("path", "")), scope, temporary_places(flow)) if is_known else ""
    if message:
        yield ("when", "path"), message
    known = scope.rules if reason == "rule" else _RULES.get(reason, (*KEYWORDS, *scope.rules))
    if "rule" in when and when["rule"] not in known:
        hint = did_you_mean(when["rule"], known) or f"; reason {reason} knows {', '.join(known) or 'none'}"
        yield ("when", "rule"), f"there is no rule {when['rule']!r}{hint}"
    if "condition" in when:
        yield from _condition(when["condition"], names_of(scope.fields))


def _condition(expr: str, names: Sequence[str]) -> Iterator[Problem]:
    try:
        Condition(expr, names)
    except RuleSyntaxError as error:
        hint = did_you_mean(error.unknown, names) if error.unknown else ""
        yield ("when", "condition"), f"{error}{hint}"
