"""Values as the JSON that clients know. What is not there is left out, and nothing is said that nobody asked for."""

from __future__ import annotations

from assay.contracts.compatibility import Kind
from assay.registry.subjects.content import Content, SubjectVersion
from assay.registry.subjects.json_values import Json, JsonObject, parse

__all__ = ["content_json", "version_json"]


def content_json(content: Content, text: str | None = None) -> JsonObject:
    """A schema with its company; `text` where it is asked for in another format."""
    said: JsonObject = {}
    if content.kind is not Kind.AVRO:
        said["schemaType"] = str(content.kind)
    if content.references:
        said["references"] = list[Json](each.as_json() for each in content.references)
    if content.metadata:
        said["metadata"] = parse(content.metadata)
    if content.rules:
        said["ruleSet"] = parse(content.rules)
    said["schema"] = content.text if text is None else text
    return said


def version_json(version: SubjectVersion, text: str | None = None, *, guid: bool = False) -> JsonObject:
    """A version of a subject; with the guid for a client that takes keys it doesn't know."""
    said: JsonObject = {"subject": str(version.subject), "version": version.version, "id": version.id}
    if guid:
        said["guid"] = version.guid
    return said | content_json(version.content, text)
