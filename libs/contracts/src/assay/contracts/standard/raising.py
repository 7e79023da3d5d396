"""A contract of an older standard in the words of the newest."""

from __future__ import annotations

from typing import Any

from assay.contracts.standard.lowering import enum_line
from assay.contracts.standard.parts import elements, properties

__all__ = ["from_3_0", "from_3_1"]

Part = dict[str, Any]

_METRICS = {
    "validValues": "invalidValues",
    "nullCheck": "nullValues",
    "nullValues": "nullValues",
    "missingValues": "missingValues",
    "duplicateCount": "duplicateValues",
    "duplicateValues": "duplicateValues",
    "duplicates": "duplicateValues",
    "rowCount": "rowCount",
    "invalidValues": "invalidValues",
}
"""Rules of 3.0, and the metrics that measure them."""

_MOMENTS = {"timestamp": "timestamp", "timestamptz": "timestamp", "datetime": "timestamp", "time": "time"}
"""What the physical type of a date of 3.0 says that it is, where it is more."""


def from_3_1(value: Part, levels: dict[str, Any]) -> None:
    """Make a contract of 3.1 one of 3.2; `levels` are the custom properties of service levels by their id."""
    for level in value.get("slaProperties", []):
        if said := levels.get(level.get("id", "")):
            level["customProperties"] = [{"property": name, "value": each} for name, each in said.items()]
    for body in value.get("schema", []):
        for each in properties(body):
            _rule_to_enum(each)


def from_3_0(value: Part) -> None:
    """Make a contract of 3.0 one of 3.1."""
    for element in elements(value):
        for line in element.get("quality", []):
            _line_from_3_0(line)
    for body in value.get("schema", []):
        for each in properties(body):
            _type_from_3_0(each)
    if isinstance(value.get("team"), list):
        value["team"] = {"members": value["team"]}
    for channel in value.get("support", []):
        if channel.get("url") == "":
            del channel["url"]


def _rule_to_enum(each: Part) -> None:
    name = enum_line(each)
    lines = each.get("quality", [])
    ours = next((line for line in lines if line.get("id") == name and line.get("metric") == "invalidValues"), None)
    if ours is None or "enum" in each:
        return
    each["enum"] = [{"value": one} for one in ours.get("arguments", {}).get("validValues", [])]
    lines.remove(ours)
    if not lines:
        del each["quality"]


def _line_from_3_0(line: Part) -> None:
    rule = line.get("rule")
    if "metric" not in line and rule in _METRICS:
        line["metric"] = _METRICS[rule]
        if "validValues" in line:
            line["arguments"] = {"validValues": line["validValues"], **line.get("arguments", {})}
            if not any(name.startswith("must") for name in line):
                line["mustBe"] = 0
    if line.get("metric"):
        line.pop("rule", None)
        line.pop("validValues", None)


def _type_from_3_0(each: Part) -> None:
    if each.get("logicalType") == "date":
        each["logicalType"] = _MOMENTS.get(str(each.get("physicalType", "")).lower(), "date")
    options = each.get("logicalTypeOptions", {})
    for side in ("Minimum", "Maximum"):
        is_exclusive = options.get(f"exclusive{side}")
        if is_exclusive is True and side.lower() in options:
            options[f"exclusive{side}"] = options.pop(side.lower())
        elif isinstance(is_exclusive, bool):
            del options[f"exclusive{side}"]
