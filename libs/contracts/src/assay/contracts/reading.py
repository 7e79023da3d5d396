"""A checked document as a `Contract`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from assay.contracts.document import Document
from assay.contracts.flow import read_flow
from assay.contracts.levels import UNITS_MS, read_levels
from assay.contracts.model import (
    Contract,
    Field,
    OnLate,
    Ordered,
    Party,
    Rule,
    Scalar,
    SupportChannel,
    Topics,
    Upstream,
)
from assay.contracts.model_log import read_model_log
from assay.contracts.operations import read_maintenance, read_monitoring, read_patience, read_watermark
from assay.contracts.patience import Patience
from assay.contracts.promise import OPERATORS, Promise, amount
from assay.contracts.types import digits
from assay.contracts.vocabulary import custom, duration_h, duration_s
from assay.contracts.window import Window

__all__ = [
    "WINDOW",
    "late_levels",
    "pattern_lines",
    "promise_id",
    "quality_lines",
    "read_contract",
    "read_field",
    "read_topics",
    "valid_lines",
    "window_lines",
]

WINDOW = "assay.window"
"""The scheduler of a quality line that Assay measures itself."""

_WEEK = "P7D"


def read_contract(document: Document, text: bytes) -> Contract:
    """The contract of a document that every check has passed."""
    value, names = document.value, custom(document.value)
    body = value["schema"][0]
    topics, recovery = names.get("assay.topics", {}), names.get("assay.recovery", {})
    retention = topics.get("retention", {})
    fields = tuple(read_field(each) for each in body["properties"])
    late = next((level for _, level in late_levels(value)), {})
    return Contract(
        id=value["id"],
        version=value["version"],
        name=value.get("name", value["id"]),
        status=value.get("status", "active"),
        text=text,
        kind=topics.get("kind", "direct"),
        fields=fields,
        key=tuple(_key(body["properties"])),
        topics=read_topics(value["id"], topics),
        owner=_owner(value),
        event_time=names.get("assay.eventTime"),
        timezone=names.get("assay.timezone", "UTC"),
        partitions=topics.get("partitions", 3),
        max_record_bytes=topics.get("maxRecordBytes", 1024 * 1024),
        retention_h=duration_h(retention.get("raw", _WEEK)),
        validated_retention_h=duration_h(retention.get("validated", _WEEK)),
        dead_letters_retention_h=duration_h(retention.get("deadLetters", _WEEK)),
        openness=names.get("assay.openness", "closed"),
        enforcement=names.get("assay.enforcement", "enforce"),
        rules=tuple(
            Rule(each["id"], each["expr"], each.get("description", "")) for each in names.get("assay.rules", [])
        ),
        flows=tuple(read_flow(each) for each in recovery.get("flows", [])),
        max_attempts=recovery.get("maxAttempts", 3),
        promises=tuple(
            _promise({each.name: each for each in fields}, field, line, names) for field, line, _ in window_lines(body)
        ),
        consumers=tuple(_consumer(each) for each in names.get("assay.consumers", [])),
        load=names.get("assay.load", "flag"),
        form=topics.get("format", "json"),
        dedup_s=duration_s(names["assay.dedup"]) if "assay.dedup" in names else None,
        ordered=_ordered(names.get("assay.ordered", False)),
        on_late=_on_late(late),
        record=body["name"],
        levels=read_levels(value),
        is_production=any(_is_production(level) for level in value.get("slaProperties", [])),
        watermark=read_watermark(names.get("assay.watermark", {})),
        maintenance=tuple(read_maintenance(each) for each in names.get("assay.maintenance", [])),
        upstream=tuple(_upstream(each) for each in names.get("assay.upstream", [])),
        channels=tuple(_channel(each) for each in value.get("support", [])),
        model_log=read_model_log(names["assay.model"]) if "assay.model" in names else None,
        monitoring=read_monitoring(names.get("assay.monitoring", {})),
    )


def read_field(source: dict[str, Any]) -> Field:
    """One property, with all that is inside it; without a logicalType it is a string."""
    items, entry = source.get("items"), source.get("map", {})
    return Field(
        name=source.get("name", ""),
        type=source.get("logicalType", "string"),
        required=source.get("required", False),
        enum=_values(source),
        options=_options(source),
        items=read_field({"required": True, **items}) if items else None,
        properties=tuple(read_field(each) for each in source.get("properties", [])),
        unit=custom(source).get("assay.unit", ""),
        classification=str(source.get("classification", "")),
        physical=source.get("physicalType", ""),
        keys=read_field({"required": True, **entry["key"]}) if entry else None,
        values=read_field({"required": True, **entry["value"]}) if entry else None,
    )


def valid_lines(source: dict[str, Any]) -> list[tuple[int, list[Scalar]]]:
    """The quality lines of a property that no record may break, with their place and the values that they allow."""
    return [
        (place, said["validValues"]) for place, said in _strict(source) if isinstance(said.get("validValues"), list)
    ]


def pattern_lines(source: dict[str, Any]) -> list[tuple[int, str]]:
    """The quality lines of a property that no record may break, with their place and the pattern that they ask for."""
    return [(place, said["pattern"]) for place, said in _strict(source) if isinstance(said.get("pattern"), str)]


def _strict(source: dict[str, Any]) -> Iterator[tuple[int, dict[str, Any]]]:
    """The arguments of the quality lines that no record may break, with their place."""
    for place, line in enumerate(source.get("quality", [])):
        if (
            line.get("metric") == "invalidValues"
            and line.get("scheduler", WINDOW) == WINDOW
            and line.get("severity", "error") == "error"
            and _is_none_allowed(line)
        ):
            yield place, line.get("arguments", {})


def _is_none_allowed(line: dict[str, Any]) -> bool:
    return any(type(line.get(name)) in (int, float) and line[name] == 0 for name in ("mustBe", "mustBeLessOrEqualTo"))


def _options(source: dict[str, Any]) -> dict[str, Any]:
    """The options of a property; a pattern may stand in a quality line too."""
    patterns = pattern_lines(source) if source.get("logicalType") == "string" else []
    options: dict[str, Any] = source.get("logicalTypeOptions", {})
    return {"pattern": patterns[0][1], **options} if patterns else options


def _values(source: dict[str, Any]) -> tuple[Scalar, ...]:
    """The values that a property may have: those of its enum, and of every quality line that no record may break."""
    lists = [[each["value"] for each in source["enum"]]] if source.get("enum") else []
    first, *others = [*lists, *(values for _, values in valid_lines(source))] or [[]]
    return tuple(value for value in first if all(value in other for other in others))


Line = tuple[str | None, dict[str, Any], tuple[str | int, ...]]


def quality_lines(body: dict[str, Any]) -> Iterator[Line]:
    """Every quality line of an object: the field or None, the line, and where it is in the object."""
    for index, line in enumerate(body.get("quality", [])):
        yield None, line, ("quality", index)
    for place, each in enumerate(body.get("properties", [])):
        for index, line in enumerate(each.get("quality", [])):
            yield each["name"], line, ("properties", place, "quality", index)


def window_lines(body: dict[str, Any]) -> Iterator[Line]:
    """The quality lines that Assay measures itself."""
    return (each for each in quality_lines(body) if each[1].get("scheduler") == WINDOW)


def late_levels(value: dict[str, Any]) -> list[tuple[int, dict[str, Any]]]:
    """The service levels that say what becomes of late records, with their place."""
    levels = enumerate(value.get("slaProperties", []))
    return [(place, level) for place, level in levels if "assay.onLate" in custom(level)]


def promise_id(field: str | None, line: dict[str, Any]) -> str:
    """The id of a quality line, or one made of its field and metric."""
    return str(line.get("id") or "_".join(filter(None, (field, line.get("metric")))))


def read_topics(contract: str, names: dict[str, Any]) -> Topics:
    """The topics that `assay.topics` names, and the defaults for the rest."""
    is_cdc = names.get("kind") == "cdc"
    raw = names.get("raw", f"{contract}.raw.{'cdc' if is_cdc else 'app'}")
    dead_letters = names.get("deadLetters", f"{contract}.dead-letters")
    return Topics(
        raw_app=None if is_cdc else raw,
        raw_cdc=raw if is_cdc else None,
        raw_replay=names.get("replay", f"{contract}.raw.replay"),
        validated=names.get("validated", f"{contract}.validated"),
        dead_letters=dead_letters,
        settled=names.get("settled", f"{dead_letters}.settled"),
    )


def _key(properties: list[dict[str, Any]]) -> list[str]:
    keys = [each for each in properties if each.get("primaryKey")]
    return [each["name"] for each in sorted(keys, key=lambda each: each.get("primaryKeyPosition", -1))]


def _on_late(level: dict[str, Any]) -> OnLate | None:
    action = custom(level).get("assay.onLate")
    return (action, round(level["value"] * UNITS_MS[level["unit"]])) if action else None


def _ordered(said: bool | dict[str, Any]) -> Ordered | None:
    if not isinstance(said, dict):
        return Ordered() if said else None
    usual = Ordered()
    timeout_s = duration_s(said["timeout"]) if "timeout" in said else usual.timeout_s
    return Ordered(timeout_s, said.get("maxHeld", usual.max_held))


def _owner(value: dict[str, Any]) -> Party:
    team, support = value.get("team"), value.get("support", [])
    name = team.get("name") if isinstance(team, dict) else None
    alerts = [each for each in support if each.get("scope") == "notifications"] or support
    members = team.get("members", []) if isinstance(team, dict) else team or []
    accounts = tuple(each["username"] for each in members if each.get("username"))
    return Party(name or value["id"], alerts[0]["channel"] if alerts else "", kind="owner", accounts=accounts)


def _consumer(source: dict[str, Any]) -> Party:
    contact, kind = source["contact"], source.get("kind", "consumer")
    accounts = source.get("approvers", [contact] if "@" in contact else [])
    return Party(source["id"], contact, tuple(source.get("reads", ["*"])), kind, tuple(accounts))


def _is_production(level: dict[str, Any]) -> bool:
    return str(level.get("property", "")).lower() == "productionuse" and level.get("value") is True


def _upstream(source: dict[str, Any]) -> Upstream:
    return Upstream(source.get("namespace", ""), source.get("name", ""), source.get("contract", ""))


def _channel(source: dict[str, Any]) -> SupportChannel:
    return SupportChannel(source["channel"], *(source.get(name, "") for name in ("tool", "url", "scope")))


def _promise(fields: Mapping[str, Field], name: str | None, line: dict[str, Any], names: dict[str, Any]) -> Promise:
    operator = next(name for name in OPERATORS if name in line)
    limit, arguments = line[operator], line.get("arguments", {})
    return Promise(
        id=promise_id(name, line),
        field=name,
        metric=line["metric"],
        operator=operator,
        threshold=tuple(limit) if isinstance(limit, list) else (limit,),
        unit=line.get("unit", "rows"),
        window=Window(line["schedule"]),
        values=_listed(fields.get(name or ""), arguments.get("missingValues", arguments.get("validValues", []))),
        patience=_patience(line, names),
        severity=line.get("severity", ""),
        impact=line.get("businessImpact", ""),
    )


def _patience(line: dict[str, Any], names: dict[str, Any]) -> Patience:
    """What a quality line is held with; one about how many records there are is held to few as well."""
    said = read_patience(names.get("assay.breach", {}), custom(line).get("assay.breach", {}))
    return replace(said, min_records=0) if line["metric"] == "rowCount" else said


def _listed(field: Field | None, values: list[object]) -> tuple[object, ...]:
    """The values of a quality line that a field may have, as they are compared; nothing equals an object or an array."""
    if field is None or field.type in ("object", "array", "map"):
        return ()
    if digits(field):
        return tuple(number for number in map(amount, values) if number is not None)
    kinds = {"boolean": (bool,), "integer": (int, float), "number": (int, float)}.get(field.type, (str,))
    return tuple(
        each for each in values if isinstance(each, kinds) and (field.type == "boolean" or not isinstance(each, bool))
    )
