"""Contracts over which the tiers are held to each other: nested, wide, open, and one of every kind of field."""

from __future__ import annotations

from pathlib import Path

from assay.contracts import Contract, load

__all__ = ["CONTRACTS", "one_field"]

EXAMPLES = Path(__file__).parents[3] / "examples/flights/contracts"
HEAD = "apiVersion: v3.2.0\nkind: DataContract\nid: {}\nversion: 1.0.0\n"

SHIPMENTS = """\
schema:
  - name: shipment
    properties:
      - {name: id, logicalType: string, required: true, logicalTypeOptions: {format: uuid}}
      - {name: at, logicalType: timestamp, required: true}
      - {name: state, logicalType: string, required: true, enum: [{value: NEW}, {value: SENT}]}
      - {name: total, logicalType: number, required: true, logicalTypeOptions: {minimum: 0}}
      - {name: paid, logicalType: number, logicalTypeOptions: {minimum: 0}}
      - name: customer
        logicalType: object
        required: true
        properties:
          - {name: id, logicalType: integer, required: true, logicalTypeOptions: {minimum: 1}}
          - {name: email, logicalType: string, logicalTypeOptions: {format: email}}
          - {name: country, logicalType: string, required: true, logicalTypeOptions: {pattern: "^[A-Z]{2}$"}}
      - name: items
        logicalType: array
        required: true
        logicalTypeOptions: {minItems: 1}
        items:
          name: item
          logicalType: object
          properties:
            - {name: sku, logicalType: string, required: true, logicalTypeOptions: {pattern: "^[A-Z]{3}-[0-9]{6}$"}}
            - {name: quantity, logicalType: integer, required: true, logicalTypeOptions: {minimum: 1, maximum: 1000}}
            - {name: tags, logicalType: array, items: {name: tag, logicalType: string}}
customProperties:
  - {property: assay.topics, value: {kind: direct}}
  - {property: assay.eventTime, value: at}
  - {property: assay.rules, value: [{id: paid_in_full, expr: "paid == null || paid <= total"}]}
"""

KINDS = """\
schema:
  - name: kinds
    properties:
      - {name: date, logicalType: date}
      - {name: stamp, logicalType: timestamp, required: true}
      - {name: local, logicalType: timestamp, logicalTypeOptions: {timezone: false}}
      - {name: clock, logicalType: time}
      - {name: clock_zone, logicalType: time, logicalTypeOptions: {timezone: true}}
      - {name: short, logicalType: string, logicalTypeOptions: {minLength: 1, maxLength: 5}}
      - {name: letters, logicalType: string, logicalTypeOptions: {pattern: "^(\\\\p{Lu}|[a-z]){1,4}$"}}
      - {name: host, logicalType: string, logicalTypeOptions: {format: hostname}}
      - {name: four, logicalType: string, logicalTypeOptions: {format: ipv4}}
      - {name: six, logicalType: string, logicalTypeOptions: {format: ipv6}}
      - {name: link, logicalType: string, logicalTypeOptions: {format: uri}}
      - {name: tiny, logicalType: integer, logicalTypeOptions: {format: i8}}
      - {name: huge, logicalType: integer, logicalTypeOptions: {format: u64}}
      - {name: whole, logicalType: integer}
      - {name: dozens, logicalType: integer, logicalTypeOptions: {multipleOf: 12}}
      - {name: cents, logicalType: number, logicalTypeOptions: {multipleOf: 0.01}}
      - {name: share, logicalType: number, logicalTypeOptions: {exclusiveMinimum: 0, maximum: 0.1}}
      - {name: choice, logicalType: integer, enum: [{value: 1}, {value: 2}]}
      - {name: yes, logicalType: boolean}
      - {name: unique, logicalType: array, items: {name: u, logicalType: number}, logicalTypeOptions: {uniqueItems: true}}
      - {name: free, logicalType: object}
      - {name: list, logicalType: array, logicalTypeOptions: {maxItems: 4}}
customProperties:
  - {property: assay.topics, value: {kind: direct}}
"""

_NUMBERS = ", ".join(
    f"{{name: f{place}, logicalType: number, logicalTypeOptions: {{minimum: -1000, maximum: 1000}}}}"
    for place in range(24)
)
WIDE = f"""\
schema:
  - name: wide
    properties: [
      {{name: at, logicalType: timestamp, required: true}}, {{name: day, logicalType: date}},
      {{name: id, logicalType: integer, required: true}},
      {{name: label, logicalType: string, enum: [{{value: a}}, {{value: b}}]}}, {_NUMBERS}]
"""


def one_field(field: str) -> Contract:
    """A contract with one field, which is called x."""
    return load((HEAD.format("one") + f"schema: [{{name: r, properties: [{{name: x, {field}}}]}}]").encode())


def _loaded(name: str, body: str) -> Contract:
    return load((HEAD.format(name) + body).encode())


_OPEN = "customProperties:\n  - {property: assay.openness, value: open}"

CONTRACTS = (
    load((EXAMPLES / "flights.odcs.yaml").read_bytes()),
    _loaded("shipments", SHIPMENTS),
    _loaded("kinds", KINDS),
    _loaded("wide", WIDE),
    _loaded("open", SHIPMENTS.replace("customProperties:", _OPEN)),
    _loaded("open-kinds", KINDS.replace("customProperties:", _OPEN)),
)
