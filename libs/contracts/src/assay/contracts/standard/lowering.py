"""A contract of the newest standard, said in the words of an older one as far as it has them."""

from __future__ import annotations

import re
from typing import Any

from assay.contracts.standard.parts import elements, properties

__all__ = ["enum_line", "to_3_0", "to_3_1"]

_NEW_SERVERS = (
    "btrieve", "exasol", "fastobjects", "hana", "iceberg", "ingres", "poet", "teradata", "vectorwise", "versant",
)  # fmt: skip
_STAND_INS = {"map": "object", "vector": "array"}

Part = dict[str, Any]


def to_3_1(value: Part) -> dict[str, Any]:
    """Make it a contract of 3.1; return the custom properties of its service levels, by the id of the level."""
    value.pop("context", None)
    for element in elements(value):
        for name in ("context", "deprecated", "synonyms", "semanticType"):
            element.pop(name, None)
        for relationship in element.get("relationships", []):
            relationship.pop("id", None)
        if element.get("logicalType") == "blob":
            element["logicalType"] = "object"
    for body in value.get("schema", []):
        for each in list(properties(body)):
            _enum_to_rule(each)
            _type_to_3_1(each)
    for server in value.get("servers", []):
        if server.get("type") in _NEW_SERVERS:
            server["type"] = "custom"
        server.pop("encoding", None)
    value.setdefault("status", "active")
    return _levels(value)


def to_3_0(value: Part) -> None:
    """Make a contract of 3.1 one of 3.0."""
    for element in elements(value):
        for name in ("id", "relationships"):
            element.pop(name, None)
        for line in element.get("quality", []):
            _rule_of_3_0(line)
    for body in value.get("schema", []):
        for each in properties(body):
            _type_to_3_0(each)
    if isinstance(team := value.get("team"), dict):
        value["team"] = team.get("members", [])
    for channel in value.get("support", []):
        channel.setdefault("url", "")


def enum_line(each: Part) -> str:
    """The id of the quality line that stands for the enum of a property."""
    return f"{_id(str(each.get('name', 'items')))}_enum"


def _id(name: str) -> str:
    """A name in the letters that ids of the standard have."""
    return re.sub(r"[^A-Za-z0-9_-]", "_", name)


def _enum_to_rule(each: Part) -> None:
    if not (listed := each.pop("enum", None)):
        return
    values = [item.get("value") for item in listed]
    line = {"id": enum_line(each), "metric": "invalidValues", "mustBe": 0}
    each["quality"] = [*each.get("quality", []), line | {"arguments": {"validValues": values}}]


def _type_to_3_1(each: Part) -> None:
    kind = each.get("logicalType")
    if kind in _STAND_INS:
        each["logicalType"] = _STAND_INS[kind]
        each.pop("map", None)
        each.pop("logicalTypeOptions", None)


def _levels(value: Part) -> dict[str, Any]:
    levels: dict[str, Any] = {}
    for place, level in enumerate(value.get("slaProperties", [])):
        level.pop("authoritativeDefinitions", None)
        if listed := level.pop("customProperties", None):
            name = level.setdefault("id", f"{_id(str(level.get('property', 'level')))}_{place + 1}")
            levels[name] = {each["property"]: each.get("value") for each in listed}
    return levels


def _rule_of_3_0(line: Part) -> None:
    if "metric" in line:
        line["rule"] = line["metric"]
        values = line.get("arguments", {}).get("validValues")
        if line["metric"] == "invalidValues" and values is not None:
            line["rule"], line["validValues"] = "validValues", values


def _type_to_3_0(each: Part) -> None:
    if each.get("logicalType") in ("timestamp", "time"):
        each.setdefault("physicalType", each["logicalType"])
        each["logicalType"] = "date"
    options = each.get("logicalTypeOptions", {})
    for name in ("timezone", "defaultTimezone"):
        options.pop(name, None)
    for side in ("Minimum", "Maximum"):
        if (limit := options.get(f"exclusive{side}")) is not None:
            options[side.lower()], options[f"exclusive{side}"] = limit, True
    if not options:
        each.pop("logicalTypeOptions", None)
