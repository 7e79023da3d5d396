"""A schema as a registry keeps it: what it says, what it is equal to, and the forms in which it is given back."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Protocol

from assay.contracts.compatibility import Break, Kind, SchemaText
from assay.contracts.errors import SchemaError, SchemaTooLargeError
from assay.contracts.schemas.avro import Avro
from assay.contracts.schemas.json import Json
from assay.contracts.schemas.protobuf import Protobuf

__all__ = ["MAX_REFERENCES_SIZE", "MAX_SCHEMA_SIZE", "ReadSchema", "formatted", "read_schema", "reserved"]

MAX_SCHEMA_SIZE = 1024 * 1024
"""Characters of a schema."""

MAX_REFERENCES_SIZE = 4 * MAX_SCHEMA_SIZE
"""Characters of all schemas that one refers to."""


@dataclass(frozen=True, slots=True)
class ReadSchema:
    """A schema that was read.

    `text` is what is given back to who asks for it, as it was written; a descriptor in base64 is .proto text here.
    `identity` is one for two texts that say the same in the same order: white space, comments of .proto text, and the
    order of attributes of Avro are no difference. `normalized` is a text in which nothing is left to chance. References are part of none of them.
    """

    kind: Kind
    text: str
    identity: str
    normalized: str
    name: str


class _Read(Protocol):
    """What a kind of schema knows of one."""

    text: str
    exact: str
    name: str

    @property
    def normalized(self) -> str: ...

    @property
    def fields(self) -> tuple[tuple[str, str], ...]: ...

    def formatted(self, form: str) -> str | None: ...


_READERS: dict[Kind, Callable[[str, Mapping[str, str]], _Read]] = {
    Kind.AVRO: Avro,
    Kind.JSON: Json,
    Kind.PROTOBUF: Protobuf,
}


def read_schema(schema: SchemaText) -> ReadSchema:
    """The schema, in bounded time and memory whatever it is.

    Raises:
        SchemaTooLargeError: it, or what it refers to, is larger than any may be.
        SchemaError: it is none, or refers to what is not given.
    """
    read = _read(schema)
    if len(read.text) > MAX_SCHEMA_SIZE:
        raise SchemaTooLargeError(f"as .proto text the descriptor has more than {MAX_SCHEMA_SIZE} characters")
    _check_text(read.exact)  # an escape may stand for half a character too
    identity = sha256(f"{schema.kind}\n{read.exact}".encode()).hexdigest()
    return ReadSchema(schema.kind, read.text, identity, read.normalized, read.name)


def formatted(schema: SchemaText, form: str) -> str:
    """The schema in a form: as it is kept (nothing, `default`); `resolved` is Avro with its references written out;
    `serialized` is a Protobuf descriptor in base64, and `ignore_extensions` its text without options that others define.

    Raises:
        SchemaError: there is no such form of this kind of schema, or it is no schema.
    """
    read = _read(schema)
    found = read.text if form in ("", "default") else read.formatted(form)
    if found is None:
        raise SchemaError(f"{schema.kind} has no format {form[:40]!r}")
    return found


def reserved(schema: SchemaText, names: Collection[str]) -> tuple[Break, ...]:
    """The fields of a schema's outermost record, object or message that bear a reserved name.

    Raises:
        SchemaError: it is no schema.
    """
    taken = frozenset(names)
    return tuple(
        Break(path, "reserved-name-used", f"the name {name!r} is reserved", "another name")
        for name, path in _read(schema).fields
        if name in taken
    )


def _read(schema: SchemaText) -> _Read:
    size = sum(map(len, schema.references.values()))
    if len(schema.text) > MAX_SCHEMA_SIZE or size > MAX_REFERENCES_SIZE:
        raise SchemaTooLargeError(
            f"a schema has at most {MAX_SCHEMA_SIZE} characters, and its references {MAX_REFERENCES_SIZE}"
        )
    for each in (schema.text, *schema.references.values(), *schema.references):
        _check_text(each)
    return _READERS[schema.kind](schema.text, schema.references)


def _check_text(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise SchemaError("the schema has half a character (a lone surrogate)") from None
    if "\0" in text:
        raise SchemaError("the schema has the character NUL")
