"""Flows as text: those that somebody writes before they are in a contract, and one as a contract has it."""

from __future__ import annotations

import functools
from typing import Any

from assay.contracts.checks.recovery import check_flows
from assay.contracts.checks.scope import scope_of
from assay.contracts.document import Document, Pointer, parse
from assay.contracts.errors import ContractError
from assay.contracts.flow import Flow, read_flow
from assay.contracts.model import Contract
from assay.contracts.odcs import PartSchema, check_schema
from assay.contracts.vocabulary import schema_of
from assay.contracts.yaml_text import yaml_text

__all__ = ["draft_flows", "flow_yaml"]

_RECOVERY = "assay.recovery"


def draft_flows(text: bytes, contract: Contract, file: str = "<flows>") -> tuple[Flow, ...]:
    """The flows of a text that would stand in the contract: the value of `assay.recovery`, or one flow by itself.

    Raises:
        ContractError: they could not stand there; its findings say why, by line of the text.
    """
    document = parse(text, file)
    flows = _flows(document)
    if findings := [*check_flows(document, flows, scope_of(contract))]:
        raise ContractError(sorted(findings, key=lambda finding: finding.line))
    return tuple(read_flow(flow) for flow, _ in flows)


def flow_yaml(flow: Flow) -> str:
    """The flow as YAML, to be put under `flows` of `assay.recovery`."""
    return yaml_text(flow.said)


def _flows(document: Document) -> list[tuple[dict[str, Any], Pointer]]:
    """The flows of a document that keeps the vocabulary, with their places."""
    value = document.value
    is_one = "flows" not in value
    if findings := check_schema(document, _wanted(is_one), value, ()):
        raise ContractError(findings)
    return [(value, ())] if is_one else [(flow, ("flows", place)) for place, flow in enumerate(value["flows"])]


@functools.cache
def _wanted(is_one: bool) -> PartSchema:
    schema = schema_of("contract", _RECOVERY)
    one = schema["properties"]["flows"]["items"] | {"$defs": schema["$defs"]}
    return PartSchema(one if is_one else schema)
