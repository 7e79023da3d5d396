"""The interface as an OpenAPI document: what each path takes and answers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version

from assay.registry.rest.http import JSON
from assay.registry.rest.openapi_parts import NUMBER, PARTS, TEXT, array, of
from assay.registry.subjects.json_values import Json, JsonObject

__all__ = ["OPERATIONS", "RELEASE", "Operation", "document"]

PAGE = "offset limit"
ERRORS = {
    "400": "The request can't be read.",
    "404": "There is no such thing.",
    "405": "The path has other methods.",
    "409": "The schema is not compatible.",
    "422": "What is asked for can't be, or is not permitted.",
    "500": "The store did not answer, or not in time; try again.",
    "503": "The store does not answer, or too much waits already; try again.",
}
RELEASE = version("assay-registry")
NUMBERS = ("offset", "limit")
TEXTS = ("subjectPrefix", "subject", "format", "key", "value")


NAME: JsonObject = {"type": "string", "minLength": 1, "maxLength": 1000, "pattern": r"^[^\x00-\x1f\x7f-\x9f]+$"}
IN_PATHS: dict[str, JsonObject] = {
    "subject": {**NAME, "example": "orders-value"},
    "version": {"type": "string", "pattern": "^(latest|-1|[1-9][0-9]{0,8})$", "example": "latest"},
    "context": {**NAME, "example": ".dev"},
    "id": {**NUMBER, "minimum": 1, "maximum": 2**31 - 1, "example": 1},
    "guid": {"type": "string", "format": "uuid"},
}


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path: its parameters, what it takes, and what it answers."""

    method: str
    path: str
    summary: str
    answers: JsonObject
    query: str = ""
    takes: str = ""
    status: str = "200"


ONE = "/subjects/{subject}/versions/{version}"
OPERATIONS = (
    Operation("GET", "/", "Nothing, to whoever asks whether this is a registry", of("Nothing")),
    Operation("GET", "/subjects", "Names of subjects", array(TEXT), f"subjectPrefix deleted deletedOnly {PAGE}"),
    Operation("POST", "/subjects/{subject}", "Find a schema", of("Version"), "normalize deleted format", "Candidate"),
    Operation("DELETE", "/subjects/{subject}", "Delete a subject", array(NUMBER), "permanent"),
    Operation(
        "GET", "/subjects/{subject}/metadata", "Newest with this metadata", of("Version"), "key value deleted format"
    ),
    Operation(
        "GET", "/subjects/{subject}/versions", "Numbers of versions", array(NUMBER), f"deleted deletedOnly {PAGE}"
    ),
    Operation("POST", "/subjects/{subject}/versions", "Register", of("Registered"), "normalize", "Candidate"),
    Operation("GET", ONE, "One version", of("Version"), "deleted format"),
    Operation("DELETE", ONE, "Delete a version", NUMBER, "permanent"),
    Operation("GET", f"{ONE}/schema", "Its text", of("Text"), "deleted format"),
    Operation("GET", f"{ONE}/referencedby", "Ids of schemas that refer to it", array(NUMBER), PAGE),
    Operation("POST", f"{ONE}/tags", "Add a version with other tags", of("Registered"), "", "Tags"),
    Operation(
        "GET", "/schemas", "Versions of all subjects", array(of("Version")), f"subjectPrefix deleted latestOnly {PAGE}"
    ),
    Operation("GET", "/schemas/types", "Kinds of schemas", array(TEXT)),
    Operation("GET", "/schemas/ids/{id}", "The schema of an id", of("Schema"), "subject format fetchMaxId"),
    Operation("GET", "/schemas/ids/{id}/schema", "Its text", of("Text"), "subject format"),
    Operation("GET", "/schemas/ids/{id}/subjects", "Its subjects", array(TEXT), f"subject deleted {PAGE}"),
    Operation(
        "GET", "/schemas/ids/{id}/versions", "Its versions", array(of("SubjectVersion")), f"subject deleted {PAGE}"
    ),
    Operation("GET", "/schemas/guids/{guid}", "The schema of a guid", of("Schema"), "format"),
    Operation("GET", "/schemas/guids/{guid}/ids", "Its ids", array(of("ContextId"))),
    Operation("GET", "/config", "What holds for all", of("Config"), "defaultToGlobal"),
    Operation("PUT", "/config", "Change what holds for all", of("ConfigUpdate"), "", "ConfigUpdate"),
    Operation("DELETE", "/config", "Go back to the defaults", of("Config")),
    Operation("GET", "/config/{subject}", "What a subject says", of("Config"), "defaultToGlobal"),
    Operation("PUT", "/config/{subject}", "Change what it says", of("ConfigUpdate"), "", "ConfigUpdate"),
    Operation("DELETE", "/config/{subject}", "Take it away", of("Config")),
    Operation("GET", "/mode", "The mode of all", of("Mode"), "defaultToGlobal"),
    Operation("PUT", "/mode", "Change the mode of all", of("Mode"), "force", "Mode"),
    Operation("DELETE", "/mode", "Go back to READWRITE", of("Mode")),
    Operation("GET", "/mode/{subject}", "The mode of a subject", of("Mode"), "defaultToGlobal"),
    Operation("PUT", "/mode/{subject}", "Change the mode of a subject", of("Mode"), "force", "Mode"),
    Operation("DELETE", "/mode/{subject}", "Take it away", of("Mode")),
    Operation(
        "POST",
        "/compatibility/subjects/{subject}/versions",
        "Compare with the versions that the level asks for",
        of("Verdict"),
        "normalize verbose",
        "Candidate",
    ),
    Operation(
        "POST",
        "/compatibility/subjects/{subject}/versions/{version}",
        "Compare with one version",
        of("Verdict"),
        "normalize verbose",
        "Candidate",
    ),
    Operation("GET", "/contexts", "Names of contexts", array(TEXT), PAGE),
    Operation("DELETE", "/contexts/{context}", "Delete an empty context", {}, status="204"),
    Operation("GET", "/healthz", "Whether the process lives", of("Nothing")),
    Operation("GET", "/readyz", "Whether the store answers; 503 where it doesn't", of("Nothing")),
    Operation("GET", "/v1/metadata/id", "Which registry this is", of("Nothing")),
    Operation("GET", "/v1/metadata/version", "Its release", of("Nothing")),
    Operation("GET", "/openapi.json", "This document", of("Nothing")),
)


def document() -> JsonObject:
    """The document that /openapi.json answers."""
    paths: dict[str, dict[str, Json]] = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _said(operation)
    return {
        "openapi": "3.0.3",
        "info": {
            "title": "Assay registry",
            "version": RELEASE,
            "description": "The registry of Assay, as clients of Confluent's Schema Registry know it.",
        },
        "paths": dict[str, Json](paths),
        "components": {
            "schemas": PARTS,
            "responses": {f"E{code}": _failure(words) for code, words in ERRORS.items()},
        },
    }


def _said(operation: Operation) -> JsonObject:
    answer: JsonObject = {"description": "As asked."}
    if operation.answers:
        answer["content"] = {JSON.decode(): {"schema": operation.answers}}
    codes = [code for code in ERRORS if code != "503" or operation.path == "/readyz"]
    failed: JsonObject = {code: {"$ref": f"#/components/responses/E{code}"} for code in codes}
    said: JsonObject = {
        "summary": operation.summary,
        "operationId": _name(operation),
        "parameters": [*_in_path(operation), *_in_query(operation)],
        "responses": {operation.status: answer, **failed},
    }
    if operation.takes:
        body: JsonObject = {"schema": of(operation.takes)}
        said["requestBody"] = {"required": True, "content": {JSON.decode(): body, "application/json": body}}
    return said


def _failure(words: str) -> JsonObject:
    return {"description": words, "content": {JSON.decode(): {"schema": of("Error")}}}


def _in_path(operation: Operation) -> Iterator[Json]:
    for part in operation.path.split("/"):
        if part.startswith("{"):
            name = part[1:-1]
            yield {"name": name, "in": "path", "required": True, "schema": IN_PATHS[name]}


def _in_query(operation: Operation) -> Iterator[Json]:
    for name in operation.query.split():
        kind: JsonObject = {"type": "boolean"}
        if name in NUMBERS:
            kind = {**NUMBER, "minimum": -(2**31) + 1, "maximum": 2**31 - 1}
        elif name in TEXTS:
            kind = array(TEXT) if name in ("key", "value") else TEXT
        yield {"name": name, "in": "query", "required": False, "schema": kind}


def _name(operation: Operation) -> str:
    parts = [part.strip("{}").replace(".", "_") for part in operation.path.split("/") if part]
    return "_".join([operation.method.lower(), *parts])
