"""Contracts of one flow, and dead letters as the judge refuses them."""

from __future__ import annotations

from textwrap import indent

from assay.contracts import Contract, Failed, Judge, Recovery, Repaired, Unrepaired, Violation, load

FILE = """\
apiVersion: v3.2.0
kind: DataContract
id: orders
version: 3.0.0
schema:
  - name: order
    properties:
      - {name: id, logicalType: string, required: true}
      - {name: amount, logicalType: integer}
      - {name: price, logicalType: number}
      - {name: exact, logicalType: number, physicalType: "DECIMAL(20,2)"}
      - {name: state, logicalType: string, enum: [{value: NEW}, {value: PAID}]}
      - {name: paid, logicalType: boolean}
      - {name: at, logicalType: timestamp}
      - {name: day, logicalType: date}
      - {name: local_day, logicalType: date, logicalTypeOptions: {format: dd.MM.yyyy}}
      - {name: first, logicalType: string}
      - {name: last, logicalType: string}
      - {name: name, logicalType: string}
      - {name: tags, logicalType: array, items: {name: tag, logicalType: string}}
      - {name: place, logicalType: object, properties: [{name: zip, logicalType: string}, {name: city, logicalType: string}]}
      - name: items
        logicalType: array
        items: {logicalType: object, properties: [{name: sku, logicalType: string}, {name: count, logicalType: integer}]}
customProperties:
  - {property: assay.topics, value: {kind: direct, format: json}}
  - {property: assay.openness, value: closed}
  - property: assay.recovery
    value:
      flows:
"""
FLOW = """\
- id: mend
  when: {reason: schema}
  steps:
"""
ANY = (Violation("", "additionalProperties", "", ""),)


def contract_of(flows: str, *edits: tuple[str, str]) -> Contract:
    """The contract with these flows, a list in YAML."""
    text = FILE + indent(flows, "        ")
    for old, new in edits:
        assert old in text
        text = text.replace(old, new)
    return load(text.encode())


def mending(steps: str, *edits: tuple[str, str]) -> Contract:
    """The contract with one flow of these steps, a list in YAML."""
    return contract_of(FLOW + indent(steps, "    "), *edits)


def mend(contract: Contract, value: bytes, reason: str = "schema", **more: object) -> Repaired | Unrepaired:
    """What becomes of a record that was refused for any rule."""
    return Recovery(contract).repair(Failed(value, reason, ANY, **more))  # type: ignore[arg-type]  # of a test


def failed(contract: Contract, value: bytes) -> Failed:
    """The record as the judge refuses it."""
    verdict = Judge(contract).judge(value)
    assert verdict.reason is not None
    return Failed(value, verdict.reason, verdict.violations)
