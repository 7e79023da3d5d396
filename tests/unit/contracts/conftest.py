"""Contracts for tests: a small one of every kind of field, and the two of the example."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from assay.contracts import Contract, load

ROOT = Path(__file__).parents[3]

ORDERS = """\
apiVersion: v3.2.0
kind: DataContract
id: orders
version: 1.0.0
status: active
schema:
  - name: order
    properties:
      - {name: id, logicalType: string, required: true, primaryKey: true, logicalTypeOptions: {maxLength: 8}}
      - {name: at, logicalType: timestamp, required: true}
      - {name: amount, logicalType: integer, required: true, logicalTypeOptions: {minimum: 0}}
      - {name: state, logicalType: string, enum: [{value: NEW}, {value: PAID}]}
      - {name: code, logicalType: string, logicalTypeOptions: {pattern: "^[A-Z]{3}$"}}
      - {name: paid, logicalType: boolean}
      - name: note
        logicalType: string
        quality:
          - {id: notes, metric: nullValues, unit: percent, mustBeLessThan: 5, scheduler: assay.window, schedule: P1D}
      - {name: tags, logicalType: array, items: {name: tag, logicalType: string}}
      - {name: place, logicalType: object, properties: [{name: zip, logicalType: string, required: true}]}
support: [{channel: "#orders"}]
customProperties:
  - {property: assay.topics, value: {kind: direct}}
  - {property: assay.eventTime, value: at}
  - {property: assay.timezone, value: Europe/Berlin}
  - {property: assay.consumers, value: [{id: dwh, contact: "#dwh", reads: [id, amount]}]}
  - {property: assay.rules, value: [{id: paid_positive, expr: "state != 'PAID' || amount > 0"}]}
  - property: assay.recovery
    value:
      flows:
        - id: amount_as_text
          when: {reason: schema, path: /amount, rule: type}
          steps: [{cast: {amount: integer}}]
        - id: no_state
          when: {reason: rule, rule: paid_positive, condition: amount == 0}
          steps: [{set: {state: NEW}}]
"""


@pytest.fixture(scope="session")
def orders_text() -> str:
    return ORDERS


@pytest.fixture(scope="session")
def orders() -> Contract:
    return load(ORDERS.encode())


@pytest.fixture(scope="session")
def changed_orders() -> Callable[..., Contract]:
    def load_changed(*edits: tuple[str, str]) -> Contract:
        text = ORDERS
        for old, new in edits:
            assert old in text
            text = text.replace(old, new)
        return load(text.encode())

    return load_changed


@pytest.fixture(scope="session")
def order_rows(changed_orders: Callable[..., Contract]) -> Contract:
    return changed_orders(("kind: direct", "kind: cdc"))


@pytest.fixture(scope="session")
def field_contract() -> Callable[[str], Contract]:
    def load_field(field: str) -> Contract:
        head = "apiVersion: v3.2.0\nkind: DataContract\nid: one\nversion: 1.0.0\nschema: [{name: r, properties: ["
        return load(f"{head}{{name: x, {field}}}]}}]".encode())

    return load_field


@pytest.fixture(scope="session")
def flights() -> Contract:
    return load((ROOT / "examples/flights/contracts/flights.odcs.yaml").read_bytes())


@pytest.fixture(scope="session")
def planes() -> Contract:
    return load((ROOT / "examples/flights/contracts/planes.odcs.yaml").read_bytes())
