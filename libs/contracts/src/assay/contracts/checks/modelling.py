"""Logs of a model: a key to join them by, the time of the event, and features that fit what records say of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from assay.contracts.analytical.features import FeatureSchema
from assay.contracts.checks.parts import body_of, custom_at
from assay.contracts.document import Document, Pointer
from assay.contracts.errors import Finding
from assay.contracts.model_log import read_model_log

__all__ = ["check_model"]

Place = tuple[dict[str, Any], Pointer]


def check_model(document: Document) -> Iterator[Finding]:
    """What `assay.model` says is what the rest of the contract says."""
    said, at = custom_at(document, "assay.model")
    if said is None:
        return
    if not any(each.get("primaryKey") for each in body_of(document)["properties"]):
        yield document.finding(at, "the logs of a model are joined by their key; mark it with `primaryKey: true`")
    if custom_at(document, "assay.eventTime")[0] is None:
        yield document.finding(at, "the logs of a model have a time of the event; name it with assay.eventTime")
    yield from _partitions(document)
    if "features" in said:
        yield from _features(document, said, (*at, "features"))


def _partitions(document: Document) -> Iterator[Finding]:
    """A batch says for how many partitions it was put together: for those that there are."""
    topics, _ = custom_at(document, "assay.topics")
    count = (topics or {}).get("partitions", 3)
    for field, at in _named(document, "partitions"):
        options = field.get("logicalTypeOptions", {})
        if (options.get("minimum"), options.get("maximum")) != (count, count):
            message = f"batches are put together for {count} partitions; write `minimum: {count}, maximum: {count}`"
            yield document.finding(at, message)


def _features(document: Document, said: dict[str, Any], at: Pointer) -> Iterator[Finding]:
    try:
        schema = FeatureSchema(read_model_log(said).features)
    except ValueError as error:
        yield document.finding(at, str(error))
        return
    for field, place in _named(document, "schema_id"):
        if [each["value"] for each in field.get("enum", [])] != [schema.id]:
            message = f"the fingerprint of these features is {schema.id}; write `enum: [{{value: {schema.id}}}]`"
            yield document.finding(place, message)
    for name, features in (("numbers", schema.numbers), ("texts", schema.texts)):
        for field, place in _named(document, name):
            options = field.get("logicalTypeOptions", {})
            if (options.get("minItems", 0), options.get("maxItems")) != (len(features), len(features)):
                bounds = f"minItems: {len(features)}, maxItems: {len(features)}"
                yield document.finding(place, f"there are {len(features)} features of {name}; write `{bounds}`")
            secret = next((each for each in features if each.classification.lower() not in ("", "public")), None)
            if secret and not _is_secret(field):
                message = f"{secret.name!r} is {secret.classification}, and its values are here; classify them too"
                yield document.finding(place, message)


def _named(document: Document, name: str) -> Iterator[Place]:
    """The property of that name, of the record itself or of its features."""
    at: Pointer = ("schema", 0, "properties")
    for place, each in enumerate(body_of(document)["properties"]):
        if each["name"] == name:
            yield each, (*at, place)
        elif each["name"] == "features":
            inside = enumerate(each.get("properties", []))
            yield from ((own, (*at, place, "properties", index)) for index, own in inside if own["name"] == name)


def _is_secret(field: dict[str, Any]) -> bool:
    items = field.get("items", {})
    inside = [field, items, *items.get("properties", [])]
    inside += [each["items"] for each in items.get("properties", []) if "items" in each]
    return any(each.get("classification", "").lower() not in ("", "public") for each in inside)
