"""A request and its answer, as the handlers see them."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import parse_qs, unquote_to_bytes

import orjson

from assay.registry.audit import Actor
from assay.registry.subjects.errors import RequestMalformedError, SubjectInvalidError
from assay.registry.subjects.json_values import Json, JsonObject, Parts, parse_object
from assay.registry.subjects.names import DEFAULT_CONTEXT

__all__ = ["JSON", "Answer", "Request", "read_query", "segments"]

JSON = b"application/vnd.schemaregistry.v1+json"
MAX_PARAMETERS = 100
MAX_LIMIT = 2**31 - 1
ACTOR = (b"assay-actor", b"assay-reason", b"assay-commit")
TAKES_UNKNOWN = b"confluent-accept-unknown-properties"
CLIENT = b"confluent-client-version"
"""Sent with every request by clients that are newer than guids; with reads they send nothing else of the kind."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a client gets. `body` is JSON unless `is_raw`: then it is the text itself."""

    body: Json | bytes = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    is_raw: bool = False

    def as_bytes(self) -> bytes:
        """The body on the wire."""
        if isinstance(self.body, bytes):
            return self.body
        if self.is_raw:
            return str(self.body).encode()
        return orjson.dumps(self.body)


@dataclass(frozen=True, slots=True)
class Request:
    """What a client asks. `context` is the one that the path names."""

    method: str
    path: tuple[str, ...]
    query: Mapping[str, Sequence[str]]
    headers: Sequence[tuple[bytes, bytes]]
    body: bytes = b""
    context: str = DEFAULT_CONTEXT
    names: Mapping[str, str] = field(default_factory=dict)

    @property
    def takes_unknown(self) -> bool:
        """Whether the client says that it takes keys it doesn't know, or is one that reads them."""
        return self.header(TAKES_UNKNOWN).lower() == b"true" or bool(self.header(CLIENT))

    @property
    def actor(self) -> Actor:
        """Who asks and why, as the request says itself: nobody checks it here."""
        name, reason, commit = (self.header(key).decode("latin-1") for key in ACTOR)
        return Actor(name or self._user(), reason, commit)

    def _user(self) -> str:
        """The user of basic authentication; never the password."""
        kind, _, word = self.header(b"authorization").partition(b" ")
        if kind.lower() != b"basic":
            return ""
        try:
            return base64.b64decode(word.strip(), validate=True).decode().partition(":")[0]
        except (binascii.Error, UnicodeDecodeError):
            return ""

    def header(self, name: bytes) -> bytes:
        """The first header of that name, in lower case; empty where there is none."""
        return next((value for key, value in self.headers if key == name), b"")

    def json(self) -> JsonObject:
        """The body as an object."""
        return parse_object(self.body)

    def parts(self) -> Parts:
        """The body by its parts."""
        return Parts(self.json())

    def word(self, name: str, default: str = "") -> str:
        """The first value of a parameter."""
        return next(iter(self.query.get(name, ())), default)

    def flag(self, *names: str) -> bool:
        """Whether one of the parameters is true, however it is spelled."""
        return any(self.word(name).lower() == "true" for name in names)

    def number(self, name: str, default: int) -> int:
        """A parameter that is a number.

        Raises:
            RequestMalformedError: it is none.
        """
        text = self.word(name, str(default))
        try:
            number = int(text)
        except ValueError:
            number = MAX_LIMIT + 1
        if len(text) > 11 or not -MAX_LIMIT <= number <= MAX_LIMIT:
            raise RequestMalformedError(f"{name} must be a number, and not {text[:40]!r}")
        return number

    def page(self, found: Sequence[Json]) -> list[Json]:
        """The part of a list that offset and limit ask for; all of it without."""
        offset, limit = max(self.number("offset", 0), 0), self.number("limit", -1)
        return list(found[offset:] if limit < 0 else found[offset : offset + limit])


def segments(path: bytes) -> tuple[str, ...]:
    """The parts of a raw path, each decoded on its own: a slash within a name stays one.

    Raises:
        SubjectInvalidError: one is not UTF-8.
    """
    try:
        return tuple(unquote_to_bytes(part).decode() for part in path.strip(b"/").split(b"/")) if path != b"/" else ()
    except UnicodeDecodeError as error:
        raise SubjectInvalidError(path[:200].decode("ascii", "replace")) from error


def read_query(query: bytes) -> Mapping[str, Sequence[str]]:
    """The parameters of a query.

    Raises:
        RequestMalformedError: there are too many, or they are not UTF-8.
    """
    try:
        return parse_qs(query.decode("ascii"), keep_blank_values=True, max_num_fields=MAX_PARAMETERS, errors="strict")
    except ValueError as error:
        raise RequestMalformedError("the query can't be read") from error
