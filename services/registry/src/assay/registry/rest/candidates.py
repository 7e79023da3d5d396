"""The schema that a request carries."""

from __future__ import annotations

from functools import partial

from assay.contracts.schemas import MAX_SCHEMA_SIZE
from assay.registry.rest.http import Request
from assay.registry.subjects.content import MAX_NUMBER, Content, read_kind, read_references
from assay.registry.subjects.data_contracts import read_metadata, read_rules
from assay.registry.subjects.errors import SchemaInvalidError, SchemaTooLargeError
from assay.registry.subjects.json_values import Parts
from assay.registry.subjects.registration import Candidate
from assay.registry.workers import Works

__all__ = ["Candidates", "read_candidate"]

SMALL = 64 * 1024


class Candidates:
    """Reads the schemas of requests: large bodies in a thread, since they take more than a moment."""

    def __init__(self, workers: Works) -> None:
        self._workers = workers

    async def read(self, request: Request) -> Candidate:
        """Read the schema of a request; raises as `read_candidate` does."""
        if len(request.body) <= SMALL:
            return read_candidate(request)
        return await self._workers.run(partial(read_candidate, request), len(request.body))


def read_candidate(request: Request) -> Candidate:
    """Read schema, references, metadata, rules, id and version of a body; keys that nobody knows are let be.

    Raises:
        SchemaInvalidError: a part that a schema may not have.
        RuleSetInvalidError: a rule can't be one.
        RequestMalformedError: the body is no JSON object, or a part has another type.
    """
    parts = request.parts()
    text = parts.text("schema") or ""
    if len(text) > MAX_SCHEMA_SIZE:
        raise SchemaTooLargeError(MAX_SCHEMA_SIZE)
    content = Content(
        read_kind(parts.text("schemaType")),
        text,
        read_references(parts.objects("references")),
        read_metadata(parts.object("metadata")),
        read_rules(parts.object("ruleSet")),
    )
    return Candidate(content, _number(parts, "id"), _number(parts, "version"), request.flag("normalize"))


def _number(parts: Parts, key: str) -> int | None:
    found = parts.number(key)
    if found is None or found in (-1, 0):
        return None
    if not 1 <= found <= MAX_NUMBER:
        raise SchemaInvalidError(f"{key} must be a number from 1 to {MAX_NUMBER}")
    return found
