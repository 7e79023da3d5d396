"""Records of a topic as values, whatever they are written in: JSON, or framed Avro, JSON and Protobuf."""

from __future__ import annotations

import io
import json
from collections import Counter
from collections.abc import Callable

import orjson

from assay.cli.errors import CommandError
from assay.cli.forms.schemas import Registered, Schemas
from assay.cli.forms.tables import in_json
from assay.contracts.frame import SCHEMA_HEADER, Frame, FrameError, unframe
from assay.streaming import Record

__all__ = ["Decoder"]

Decode = Callable[[bytes], object]


class Decoder:
    """Reads record after record; the schemas that they name are asked for once each."""

    def __init__(self, schemas: Schemas) -> None:
        self._schemas = schemas
        self._readers: dict[int, tuple[Registered, Decode]] = {}
        self.ids: Counter[int] = Counter()

    @property
    def schema(self) -> Registered | None:
        """The newest schema that records were written with, if any named one."""
        return self._readers[max(self.ids)][0] if self.ids else None

    def value(self, record: Record) -> object:
        """The value of a record; None where it cannot be read.

        Raises:
            CommandError: the record names a schema, and the registry does not give it.
        """
        if record.value is None:
            return None
        if record.value[:1] not in (b"\x00", b"\x01") and not any(name == SCHEMA_HEADER for name, _ in record.headers):
            return _plain(record.value)
        try:
            frame = unframe(record.value, record.headers, "json")
        except FrameError:
            return None
        return None if frame is None else self._framed(record, frame)

    def _framed(self, record: Record, frame: Frame) -> object:
        if frame.schema_id is None:
            return _plain(frame.payload)  # a guid is asked for nowhere else than at the registry that gave it
        if (found := _plain(frame.payload)) is not None:
            return found
        if frame.schema_id not in self._readers:
            self._readers[frame.schema_id] = self._reader(frame.schema_id)
        schema, decode = self._readers[frame.schema_id]
        self.ids[frame.schema_id] += 1
        try:
            whole = unframe(record.value or b"", record.headers, "protobuf") if schema.form == "protobuf" else frame
            return decode(whole.payload) if whole else None
        except Exception:  # noqa: BLE001 -- whatever the bytes are, they are one record that cannot be read
            return None

    def _reader(self, number: int) -> tuple[Registered, Decode]:
        schema = self._schemas.by_id(number)
        try:
            return schema, _READERS[schema.form](schema)
        except Exception as error:  # a registry holds what anyone put there, and each library has its own errors
            raise CommandError(f"schema {number}, which records were written with, cannot be used: {error}") from error


def _plain(payload: bytes) -> object:
    try:
        value = orjson.loads(payload)
    except orjson.JSONDecodeError:
        return None
    return value if isinstance(value, dict) else None


def _json(schema: Registered) -> Decode:
    del schema  # a record in JSON tells its own names
    return _plain


def _avro(schema: Registered) -> Decode:
    import fastavro

    named: dict[str, dict[str, object]] = {}
    for each in schema.references.values():
        fastavro.parse_schema(json.loads(each), named)
    parsed = fastavro.parse_schema(json.loads(schema.text), named)
    return lambda payload: in_json(fastavro.schemaless_reader(io.BytesIO(payload), parsed, None))


def _protobuf(schema: Registered) -> Decode:
    from google.protobuf import descriptor_pool, json_format, message_factory

    from assay.contracts.compatibility.protobuf import read_file

    file = read_file(schema.text, schema.references)
    pool = descriptor_pool.DescriptorPool()
    files = {each.name: each for each in (*file.imports, file.main)}
    added: set[str] = set()

    def add(name: str) -> None:
        """Add a file after those that it imports."""
        if name in files and name not in added:
            added.add(name)
            for each in files[name].dependency:
                add(each)
            pool.Add(files[name])

    add(file.main.name)
    messages = pool.FindFileByName(file.main.name).message_types_by_name
    first = message_factory.GetMessageClass(messages[file.main.message_type[0].name])

    def decode(payload: bytes) -> object:
        return json_format.MessageToDict(first.FromString(payload), preserving_proto_field_name=True)

    return decode


_READERS: dict[str, Callable[[Registered], Decode]] = {"avro": _avro, "json-schema": _json, "protobuf": _protobuf}
