"""The bodies of the interface, as schemas of its OpenAPI document."""

from __future__ import annotations

from assay.contracts.compatibility import Kind, Mode, Policy
from assay.registry.subjects.data_contracts import KINDS, MODES
from assay.registry.subjects.json_values import Json, JsonObject
from assay.registry.subjects.settings import Access

__all__ = ["NUMBER", "PARTS", "TEXT", "array", "of"]

TEXT: JsonObject = {"type": "string"}
NUMBER: JsonObject = {"type": "integer"}
FLAG: JsonObject = {"type": "boolean"}


def of(name: str) -> JsonObject:
    """A reference to a part."""
    return {"$ref": f"#/components/schemas/{name}"}


def array(items: JsonObject) -> JsonObject:
    """A list of these."""
    return {"type": "array", "items": items}


def _object(required: str = "", /, **properties: JsonObject) -> JsonObject:
    made: JsonObject = {"type": "object", "properties": dict[str, Json](properties)}
    return {**made, "required": list[Json](required.split())} if required else made


def _one_of(words: tuple[str, ...]) -> JsonObject:
    return {"type": "string", "enum": list[Json](words)}


SCHEMA = {
    "schema": TEXT,
    "schemaType": _one_of(tuple(Kind)),
    "references": array(of("Reference")),
    "metadata": of("Metadata"),
    "ruleSet": of("RuleSet"),
}
SETTINGS = {
    "compatibilityPolicy": _one_of(tuple(Policy)),
    "compatibilityGroup": TEXT,
    "alias": TEXT,
    "normalize": FLAG,
    "validateFields": FLAG,
    "validateRules": FLAG,
    "defaultMetadata": of("Metadata"),
    "overrideMetadata": of("Metadata"),
    "defaultRuleSet": of("RuleSet"),
    "overrideRuleSet": of("RuleSet"),
}
TAGS = _object(
    "schemaEntity tags", schemaEntity=_object("entityPath", entityPath=TEXT, entityType=TEXT), tags=array(TEXT)
)

PARTS: JsonObject = {
    "Error": _object("error_code message", error_code=NUMBER, message=TEXT),
    "Reference": _object("name subject version", name=TEXT, subject=TEXT, version=NUMBER),
    "Metadata": _object(
        properties={"type": "object", "additionalProperties": TEXT},
        tags={"type": "object", "additionalProperties": array(TEXT)},
        sensitive=array(TEXT),
    ),
    "Rule": _object(
        "name kind mode type",
        name=TEXT,
        kind=_one_of(KINDS),
        mode=_one_of(MODES),
        type=TEXT,
        tags=array(TEXT),
        params={"type": "object", "additionalProperties": TEXT},
        expr=TEXT,
        onSuccess=TEXT,
        onFailure=TEXT,
        disabled=FLAG,
        doc=TEXT,
    ),
    "RuleSet": _object(
        domainRules=array(of("Rule")), migrationRules=array(of("Rule")), encodingRules=array(of("Rule"))
    ),
    "Candidate": {**_object("schema", **SCHEMA, id=NUMBER, version=NUMBER), "example": {"schema": '"string"'}},
    "Registered": _object("id", id=NUMBER, version=NUMBER, guid=TEXT),
    "Schema": _object("schema", **SCHEMA, maxId=NUMBER),
    "Version": _object("subject version id schema", subject=TEXT, version=NUMBER, id=NUMBER, guid=TEXT, **SCHEMA),
    "SubjectVersion": _object("subject version", subject=TEXT, version=NUMBER),
    "ContextId": _object("context id", context=TEXT, id=NUMBER),
    "Verdict": _object("is_compatible", is_compatible=FLAG, messages=array(TEXT)),
    "Config": _object(compatibilityLevel=_one_of(tuple(Mode)), **SETTINGS),
    "ConfigUpdate": _object(compatibility=_one_of(tuple(Mode)), **SETTINGS),
    "Mode": _object("mode", mode=_one_of(tuple(Access))),
    "Tags": _object(newVersion=NUMBER, tagsToAdd=array(TAGS), tagsToRemove=array(TAGS)),
    "Nothing": {"type": "object"},
    "Text": {},
}
