"""Dead letters of known make, for tests of what becomes of them."""

from __future__ import annotations

from assay.api.validation.v1.verdict_pb2 import Violation, Violations
from assay.contracts import Contract, load
from assay.streaming import Record, headers
from assay.testkit.builders import contract_text

__all__ = ["ARRIVED_MS", "contract", "dead"]

ARRIVED_MS = 1_700_000_000_000


def contract(version: str = "1.0.0", *, attempts: int = 2, run: str = "automatic") -> Contract:
    """A contract with a flow for amounts that are text."""
    recovery = f"""
  - property: assay.recovery
    value:
      maxAttempts: {attempts}
      flows:
        - id: amount_as_text
          run: {run}
          when: {{reason: schema, path: /amount, rule: type}}
          steps: [{{cast: {{amount: integer}}}}]
team:""".encode()
    return load(contract_text("orders", version).replace(b"\nteam:", recovery, 1))


def dead(value: bytes | None = b'{"id":"1","amount":"10"}', *, rule: str = "type", **marks: str) -> Record:
    """A record as validation writes it to dead letters; `marks` are headers of ours."""
    packed = Violations(violations=[Violation(path="/amount", rule=rule, expected="integer", found="string")])
    found = {
        headers.SOURCE: "orders.raw.app/2/41",
        headers.CONTRACT: "orders@1.0.0",
        headers.REASON: "schema",
        headers.EVENT_ID: "e1",
    } | {f"assay-{name.replace('_', '-')}": text for name, text in marks.items()}
    pairs = tuple((name, text.encode()) for name, text in found.items())
    violations = (headers.VIOLATIONS, packed.SerializeToString())
    return Record("orders.dead-letters", 2, 5, ARRIVED_MS, b"k", value, (*pairs, violations))
