"""What is registered: a schema with its references, metadata and rules, and the versions of a subject."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from assay.contracts.compatibility import Kind
from assay.registry.subjects.errors import RequestMalformedError, SchemaInvalidError, VersionInvalidError
from assay.registry.subjects.json_values import Json, JsonObject, Parts, canonical
from assay.registry.subjects.names import SubjectName

__all__ = [
    "LATEST",
    "Content",
    "Reference",
    "SubjectVersion",
    "fingerprint",
    "live",
    "read_kind",
    "read_references",
    "read_version",
]

LATEST = -1
MAX_NUMBER = 2**31 - 1
MAX_REFERENCES = 500


@dataclass(frozen=True, slots=True)
class Reference:
    """One schema that another uses, under the name that it uses it by."""

    name: str
    subject: str
    version: int

    def as_json(self) -> JsonObject:
        """As a client is answered."""
        return {"name": self.name, "subject": self.subject, "version": self.version}


@dataclass(frozen=True, slots=True)
class Content:
    """Everything that has one id; metadata and rules are canonical JSON, "" where there are none."""

    kind: Kind
    text: str
    references: tuple[Reference, ...] = ()
    metadata: str = ""
    rules: str = ""


@dataclass(frozen=True, slots=True)
class SubjectVersion:
    """One version of a subject. One that a contract brought has its name."""

    subject: SubjectName
    version: int
    id: int
    guid: str
    content: Content
    is_deleted: bool = False
    contract: str = ""


def live(versions: tuple[SubjectVersion, ...]) -> tuple[SubjectVersion, ...]:
    """The versions that are not deleted, oldest first."""
    return tuple(each for each in versions if not each.is_deleted)


def fingerprint(content: Content, identity: str) -> str:
    """The guid: equal for two contents that are the same schema with the same company.

    `identity` stands for the text: it is the same for texts that differ in what says nothing.
    """
    references: list[Json] = [each.as_json() for each in content.references]
    parts: list[Json] = [str(content.kind), identity, references, content.metadata, content.rules]
    return str(uuid.UUID(bytes=hashlib.sha256(canonical(parts).encode()).digest()[:16]))


def read_kind(word: str | None) -> Kind:
    """Read `schemaType`: Avro where none is named.

    Raises:
        SchemaInvalidError: there is no such type.
    """
    name = (word or Kind.AVRO).upper()
    if name not in tuple(Kind):
        raise SchemaInvalidError(f"schemaType {word!r} is not known; there are {', '.join(Kind)}")
    return Kind(name)


def read_references(found: list[JsonObject]) -> tuple[Reference, ...]:
    """Read `references`.

    Raises:
        SchemaInvalidError: one lacks a part, two have the same name, or there are too many.
    """
    if len(found) > MAX_REFERENCES:
        raise SchemaInvalidError(f"{len(found)} references are too many; {MAX_REFERENCES} are allowed")
    read = tuple(_reference(Parts(each, "references: ")) for each in found)
    if len({each.name for each in read}) < len(read):
        raise SchemaInvalidError("two references have the same name")
    return read


def read_version(text: str) -> int:
    """Read the number of a version; LATEST for `latest` and -1.

    Raises:
        VersionInvalidError: it is neither.
    """
    if text in ("latest", "-1"):
        return LATEST
    if not (text.isascii() and text.isdigit() and len(text) <= 10 and 1 <= int(text) <= MAX_NUMBER):
        raise VersionInvalidError(text)
    return int(text)


def _reference(parts: Parts) -> Reference:
    try:
        name, subject, version = parts.text("name"), parts.text("subject"), parts.number("version")
    except RequestMalformedError as error:
        raise SchemaInvalidError(str(error)) from error
    if not name or not subject or version is None:
        raise SchemaInvalidError("a reference needs name, subject and version")
    if version != LATEST and not 1 <= version <= MAX_NUMBER:
        raise SchemaInvalidError(
            f"version {version} of a reference is none; use a number above 0, or -1 for the latest"
        )
    return Reference(name, subject, version)


References = Mapping[tuple[Reference, ...], Mapping[str, str]]
"""The texts behind references: by the references as they are written, name to text, each after those it uses."""
