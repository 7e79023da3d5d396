"""The records that are measured and the contracts that judge them: three sizes, and anything between for growth."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson

__all__ = ["KINDS", "SIZES", "Shape"]

KINDS = 10_000
"""Different records of a shape; more of them repeat these."""

STATES = ("placed", "paid", "packed", "sent", "returned")
CITIES = ("Lisbon", "Tromsø", "Lagos", "Kyoto", "Valparaíso")

DEFECTS = ("state", "pattern", "absent", "moment", "rule", "malformed")


@dataclass(frozen=True, slots=True)
class Shape:
    """An order: nested objects, an enum, patterns, a timestamp and CEL rules; the rest is weight.

    `lines` are objects in an array, `gauges` are numbers at the top, `depth` is how many objects stand in one another
    below the customer, `rules` are CEL conditions, `invalid` is the share of records that break the contract.
    """

    name: str
    lines: int = 0
    gauges: int = 0
    depth: int = 1
    rules: int = 1
    invalid: float = 0.01

    @property
    def contract_id(self) -> str:
        """The id of its contract, and the beginning of its topics' names."""
        return f"bench-{self.name.lower()}"

    def contract(self, partitions: int) -> bytes:
        """Return the contract file."""
        document = {
            "apiVersion": "v3.2.0",
            "kind": "DataContract",
            "id": self.contract_id,
            "name": self.contract_id,
            "version": "1.0.0",
            "status": "active",
            "schema": [{"name": "order", "logicalType": "object", "properties": list(self._properties())}],
            "customProperties": [
                {"property": "assay.topics", "value": {"kind": "direct", "partitions": partitions}},
                {"property": "assay.rules", "value": list(self._rules())},
            ],
            "team": {"name": "bench", "members": [{"username": "ana", "role": "Owner"}]},
        }
        return json.dumps(document).encode()

    def values(self, seed: int = 1) -> list[bytes]:
        """Return different records, `invalid` of them spread evenly among the others."""
        dice = random.Random(seed)
        every = round(1 / self.invalid) if self.invalid else KINDS + 1
        return [self._value(number, dice, number % every == every - 1) for number in range(KINDS)]

    def _properties(self) -> Iterator[dict[str, Any]]:
        yield _field("order_id", "string", pattern="^[0-9a-f]{12}$") | {"primaryKey": True, "primaryKeyPosition": 1}
        yield _field("state", "string") | {"enum": [{"value": state} for state in STATES]}
        yield _field("sku", "string", pattern="^[A-Z]{3}-[0-9]{4}$")
        yield _field("placed_at", "timestamp")
        yield _field("total", "number", minimum=0)
        yield _field("discount", "number", minimum=0)
        yield _field("quantity", "integer", minimum=1, maximum=1_000)
        yield {"name": "note", "logicalType": "string", "logicalTypeOptions": {"maxLength": 200}}
        yield _field("customer", "object") | {"properties": self._customer(self.depth)}
        if self.lines:
            yield _field("lines", "array") | {"items": _line()}
        for number in range(self.gauges):
            yield _field(f"gauge_{number:03}", "number", minimum=-1_000, maximum=1_000)

    def _customer(self, depth: int) -> list[dict[str, Any]]:
        own = [_field("id", "integer", minimum=1), _field("city", "string", minLength=1, maxLength=40)]
        if depth > 1:
            own.append(_field("referrer", "object") | {"properties": self._customer(depth - 1)})
        return own

    def _rules(self) -> Iterator[dict[str, str]]:
        for number in range(self.rules):
            yield {"id": f"discount_below_total_{number}", "expr": f"discount <= total + {number}.0"}

    def _value(self, number: int, dice: random.Random, is_broken: bool) -> bytes:
        record = self._record(number, dice)
        if not is_broken:
            return orjson.dumps(record)
        match DEFECTS[dice.randrange(len(DEFECTS))]:
            case "state":
                record["state"] = "lost"
            case "pattern":
                record["sku"] = "abc-12"
            case "absent":
                del record["customer"]["id"]
            case "moment":
                record["placed_at"] = "2026-02-30T10:00:00Z"
            case "rule":
                record["discount"] = record["total"] + self.rules + 1
            case "malformed":
                return orjson.dumps(record)[:-2]
        return orjson.dumps(record)

    def _record(self, number: int, dice: random.Random) -> dict[str, Any]:
        total = round(dice.uniform(20, 900), 2)
        record: dict[str, Any] = {
            "order_id": f"{dice.getrandbits(48):012x}",
            "state": dice.choice(STATES),
            "sku": _sku(dice),
            "placed_at": f"2026-{1 + number % 12:02}-{1 + number % 28:02}T{number % 24:02}:{number % 60:02}:07Z",
            "total": total,
            "discount": round(total * dice.random() / 4, 2),
            "quantity": dice.randint(1, 40),
            "note": "leave it with the neighbours, third floor"[: dice.randint(20, 41)],
            "customer": self._person(dice, self.depth),
        }
        if self.lines:
            record["lines"] = [_line_of(dice) for _ in range(self.lines)]
        for gauge in range(self.gauges):
            record[f"gauge_{gauge:03}"] = round(dice.uniform(-100, 100), 3)
        return record

    def _person(self, dice: random.Random, depth: int) -> dict[str, Any]:
        person: dict[str, Any] = {"id": dice.randint(1, 10**6), "city": dice.choice(CITIES)}
        return person | ({"referrer": self._person(dice, depth - 1)} if depth > 1 else {})


SIZES = (Shape("300B", depth=3), Shape("1200B", lines=19, depth=3), Shape("1800B", lines=11, gauges=50, depth=3))
"""The sizes that are asked for, by what one record weighs."""


def _field(name: str, kind: str, **options: Any) -> dict[str, Any]:
    field: dict[str, Any] = {"name": name, "logicalType": kind, "required": True}
    return field | ({"logicalTypeOptions": options} if options else {})


def _line() -> dict[str, Any]:
    properties = [
        _field("sku", "string", pattern="^[A-Z]{3}-[0-9]{4}$"),
        _field("quantity", "integer", minimum=1),
        _field("price", "number", minimum=0),
    ]
    return {"name": "line", "logicalType": "object", "required": True, "properties": properties}


def _line_of(dice: random.Random) -> dict[str, Any]:
    return {"sku": _sku(dice), "quantity": dice.randint(1, 9), "price": round(dice.uniform(1, 99), 2)}


def _sku(dice: random.Random) -> str:
    return f"{''.join(dice.choices('ABCDEFGHJKLMN', k=3))}-{dice.randint(0, 9999):04}"
