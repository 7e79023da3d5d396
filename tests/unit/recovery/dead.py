"""Dead letters for tests: what a contract says of a record, as validation would have written it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

import yaml

from assay.api.validation.v1.verdict_pb2 import Violation, Violations
from assay.contracts import Contract, Judge, load
from assay.recovery.letter import read
from assay.recovery.trial import Specimen
from assay.streaming import Record, headers
from assay.testkit.builders import contract_text

__all__ = ["ARRIVED_MS", "contract_of", "record_of", "specimens_of"]

ARRIVED_MS = 1_700_000_000_000
Row = Mapping[str, object]


def contract_of(*fields: Row, flows: Sequence[Row] = ()) -> Contract:
    """A contract of `id`, the key, and these fields."""
    value = yaml.safe_load(contract_text("orders"))
    value["schema"][0]["properties"] = [value["schema"][0]["properties"][0], *map(dict, fields)]
    if flows:
        value["customProperties"].append({"property": "assay.recovery", "value": {"flows": [*map(dict, flows)]}})
    return load(json.dumps(value, default=str).encode())


def record_of(contract: Contract, value: bytes, offset: int = 0, **marks: str) -> Record:
    """The dead letter of a value that the contract refuses."""
    verdict = Judge(contract).judge(value)
    assert verdict.reason is not None
    packed = Violations(
        violations=[Violation(path=v.path, rule=v.rule, expected=v.expected, found=v.found) for v in verdict.violations]
    )
    said = {
        headers.SOURCE: f"orders.raw.app/0/{offset}",
        headers.CONTRACT: f"{contract.id}@{contract.version}",
        headers.REASON: str(verdict.reason),
    } | {f"assay-{name.replace('_', '-')}": text for name, text in marks.items()}
    pairs = tuple((name, text.encode()) for name, text in said.items())
    violations = (headers.VIOLATIONS, packed.SerializeToString())
    return Record(contract.topics.dead_letters, 0, offset, ARRIVED_MS, b"k", value, (*pairs, violations))


def specimens_of(contract: Contract, rows: Sequence[Row], *, sealed: bool = False) -> list[Specimen]:
    """The dead letters of rows that the contract refuses, open."""
    values = [json.dumps({"id": f"{number}", **row}).encode() for number, row in enumerate(rows)]
    return [Specimen(read(record_of(contract, value, number)), is_sealed=sealed) for number, value in enumerate(values)]
