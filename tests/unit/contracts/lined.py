"""Contracts with quality lines of every metric on fields of many kinds, and records for them; for properties."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st

from assay.contracts import Contract, load
from assay.testkit.encoding import avro_bytes, protobuf_bytes

__all__ = ["FORMS", "LINES", "RECORDS", "Lines", "contract_of", "encoded", "line"]

FORMS = ("json", "avro", "protobuf")
FIELDS: dict[str, tuple[dict[str, Any], list[Any]]] = {
    "text": ({"logicalType": "string"}, [None, "", "N/A", "it's", "7"]),
    "whole": ({"logicalType": "integer"}, [None, 0, 7, -7]),
    "real": ({"logicalType": "number"}, [None, 0, 0.1, 7, -2.5]),
    "money": ({"logicalType": "number", "physicalType": "DECIMAL(12,2)"}, [None, "0.00", "12.50", "-7.10"]),
    "flag": ({"logicalType": "boolean"}, [None, True, False]),
    "day": ({"logicalType": "date"}, [None, "2013-02-08", "1900-01-01"]),
    "tags": ({"logicalType": "array", "items": {"logicalType": "string"}}, [None, [], ["a"]]),
}
LISTED: list[Any] = [
    None,
    "",
    "N/A",
    "it's",
    "7",
    7,
    0,
    0.1,
    -2.5,
    "12.50",
    12.5,
    -7.1,
    True,
    False,
    "1900-01-01",
    [],
    ["a"],
]
METRICS = {"nullValues": "", "missingValues": "missingValues", "invalidValues": "validValues"}
Lines = dict[str, list[dict[str, Any]]]


def line(place: int, metric: str, values: list[Any]) -> dict[str, Any]:
    """A quality line that no record has to keep by itself."""
    said = {"id": f"p{place}", "metric": metric, "mustBe": 0, "severity": "warning"}
    said |= {"scheduler": "assay.window", "schedule": "PT5M"}
    return said | ({"arguments": {METRICS[metric]: values}} if METRICS[metric] else {})


def contract_of(lines: Lines, form: str = "json", kind: str = "direct") -> Contract:
    key = {"name": "id", "logicalType": "string", "required": True, "primaryKey": True}
    fields = [{"name": name, **of, "quality": lines.get(name, [])} for name, (of, _) in FIELDS.items()]
    value = {
        "apiVersion": "v3.2.0",
        "kind": "DataContract",
        "id": "marked",
        "version": "1.0.0",
        "status": "active",
        "schema": [{"name": "marked", "properties": [key, *fields]}],
        "support": [{"channel": "#marked"}],
        "customProperties": [{"property": "assay.topics", "value": {"kind": kind, "format": form}}],
    }
    return load(json.dumps(value).encode())


def encoded(contract: Contract, record: dict[str, Any]) -> bytes:
    if contract.form == "json":
        return json.dumps(record).encode()
    return (avro_bytes if contract.form == "avro" else protobuf_bytes)(contract, record)


LINES = st.lists(
    st.tuples(
        st.sampled_from(sorted(FIELDS)),
        st.sampled_from(sorted(METRICS)),
        st.lists(st.sampled_from(LISTED), max_size=4),
    ),
    min_size=1,
    max_size=6,
).map(
    lambda drawn: {
        name: [line(place, metric, values) for place, (of, metric, values) in enumerate(drawn) if of == name]
        for name in FIELDS
    }
)

RECORDS = st.lists(
    st.fixed_dictionaries(
        {"id": st.just("x")}, optional={name: st.sampled_from(values) for name, (_, values) in FIELDS.items()}
    ),
    min_size=1,
    max_size=8,
)
