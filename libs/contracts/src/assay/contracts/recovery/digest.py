"""The digest of all that repairs by itself: whoever has seen it before knows that nothing new can be repaired."""

from __future__ import annotations

from assay.contracts.flow import digest_of
from assay.contracts.model import Contract
from assay.contracts.schema import json_schema

__all__ = ["flows_digest"]


def flows_digest(contract: Contract) -> str:
    """What the automatic flows of a contract do and what their records are held to; empty where there are none."""
    flows = [(flow.id, flow.digest) for flow in contract.flows if flow.run == "automatic"]
    if not flows:
        return ""
    rules = [(rule.id, rule.expr) for rule in contract.rules]
    late = [contract.on_late, contract.event_time, contract.timezone]
    return digest_of([flows, rules, json_schema(contract), contract.form, contract.max_record_bytes, late])
