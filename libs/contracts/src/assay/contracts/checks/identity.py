"""Who a contract is: its id and version, its owner and consumers, its key and its event time."""

from __future__ import annotations

import re
from collections.abc import Iterator

from assay.contracts.checks.parts import body_of, custom_at, field_names, repeated
from assay.contracts.checks.time_zones import time_zones
from assay.contracts.document import Document
from assay.contracts.errors import Finding
from assay.contracts.words import did_you_mean

__all__ = ["check_identity", "check_record"]

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,149}", re.ASCII)
_VERSION = re.compile(r"(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})(-[0-9A-Za-z.-]{1,64})?", re.ASCII)


def check_record(document: Document) -> Iterator[Finding]:
    """Whether the file describes exactly one kind of record; without it no other check can speak."""
    objects = document.value.get("schema", [])
    if len(objects) != 1:
        yield document.finding(["schema"], f"a contract describes one kind of record; {len(objects)} objects are here")
    elif not objects[0].get("properties"):
        yield document.finding(["schema", 0], "the record has no properties; list them under `properties`")


def check_identity(document: Document) -> Iterator[Finding]:
    """Names that others rely on: they must exist, be unique, and be of a form that Kafka and files can carry."""
    if not _ID.fullmatch(document.value["id"]):
        yield document.finding(["id"], "the id becomes part of topic names; use letters, digits, `.`, `_` and `-`")
    if not _VERSION.fullmatch(document.value["version"]):
        yield document.finding(["version"], f"{document.value['version']!r} is no version; write it like 1.0.0")
    yield from _key(document)
    yield from _event_time(document)
    yield from _timezone(document)
    yield from _consumers(document)
    yield from _entity(document)


def _key(document: Document) -> Iterator[Finding]:
    keys = [(index, each) for index, each in enumerate(body_of(document)["properties"]) if each.get("primaryKey")]
    for index, each in keys:
        if not each.get("required"):
            message = f"{each['name']!r} is part of the key and may be missing; add `required: true`"
            yield document.finding(("schema", 0, "properties", index), message)
    topics, at = custom_at(document, "assay.topics")
    if not keys and topics and topics.get("kind") == "cdc":
        yield document.finding(at, "changes of rows need a key; mark its properties with `primaryKey: true`")


def _event_time(document: Document) -> Iterator[Finding]:
    name, at = custom_at(document, "assay.eventTime")
    if name is None:
        return
    field = next((each for each in body_of(document)["properties"] if each["name"] == name), None)
    if field is None:
        hint = did_you_mean(name, field_names(document)) or "; name a property of type timestamp or date"
        yield document.finding(at, f"the event time {name!r} is not a property of the record{hint}")
    elif field.get("logicalType") not in ("timestamp", "date"):
        yield document.finding(
            at, f"the event time {name!r} has the type {field.get('logicalType')}; it must be a timestamp or date"
        )
    elif field.get("logicalTypeOptions", {}).get("timezone") is False:
        yield document.finding(at, f"the event time {name!r} has no time zone; take out `timezone: false`")
    elif "format" in field.get("logicalTypeOptions", {}):
        yield document.finding(at, f"the event time {name!r} is written as RFC 3339; take `format` out of the property")
    elif not field.get("required"):
        yield document.finding(at, f"the event time {name!r} may be missing; add `required: true` to the property")


def _timezone(document: Document) -> Iterator[Finding]:
    name, at = custom_at(document, "assay.timezone")
    if name is not None and name not in (zones := time_zones()):
        hint = did_you_mean(name, zones) or "; write one like Europe/Berlin"
        yield document.finding(at, f"{name!r} is not an IANA time zone{hint}")


def _consumers(document: Document) -> Iterator[Finding]:
    consumers, at = custom_at(document, "assay.consumers")
    names = field_names(document)
    for index, name in repeated(consumers or [], "id"):
        yield document.finding((*at, index), f"consumer {name!r} is here twice; keep one")
    for index, consumer in enumerate(consumers or []):
        for place, name in enumerate(consumer.get("reads", [])):
            if name != "*" and name not in names:
                hint = did_you_mean(name, names) or "; name a property, or `*` for all"
                here = (*at, index, "reads", place)
                yield document.finding(
                    here, f"consumer {consumer['id']!r} reads {name!r}, which is not a property{hint}"
                )


def _entity(document: Document) -> Iterator[Finding]:
    names = field_names(document)
    for index, each in enumerate(body_of(document).get("customProperties", [])):
        if each["property"] == "assay.entity":
            for place, name in enumerate(each["value"].get("key", [])):
                if name not in names:
                    at = ("schema", 0, "customProperties", index, "value", "key", place)
                    yield document.finding(
                        at, f"the entity's key {name!r} is not a property{did_you_mean(name, names)}"
                    )
