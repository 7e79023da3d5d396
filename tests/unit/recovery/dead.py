"""Dead letters for tests: what a contract says of a record, as validation would have written it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

import yaml

from assay.api.validation.v1.verdict_pb2 import Violation, Violations
from assay.contracts import Contract, Judge, load
from assay.recovery.letter import DeadLetter, read
from assay.streaming import Outgoing, Record, headers
from assay.streaming.keys import Key, KeyFile
from assay.streaming.seal import seal
from assay.testkit.builders import contract_text

__all__ = ["ARRIVED_MS", "KEYS", "contract_of", "letters_of", "record_of"]

ARRIVED_MS = 1_700_000_000_000
KEYS = KeyFile("test", {"test": Key("test", bytes(32))})
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


def letters_of(contract: Contract, rows: Sequence[Row], *, sealed: bool = False) -> list[DeadLetter]:
    """The dead letters of rows that the contract refuses."""
    values = [json.dumps({"id": f"{number}", **row}).encode() for number, row in enumerate(rows)]
    records = [record_of(contract, value, number) for number, value in enumerate(values)]
    return [read(_sealed(record) if sealed else record) for record in records]


def _sealed(record: Record) -> Record:
    found = seal(Outgoing(record.topic, record.partition, record.key, record.value, record.headers), KEYS)
    return record._replace(key=found.key, value=found.value, headers=found.headers)
