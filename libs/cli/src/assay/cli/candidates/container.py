"""Records of an Avro object container file, each as its own bytes.

Format: https://avro.apache.org/docs/1.12.0/specification/#object-container-files
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from io import BytesIO
from typing import Any, BinaryIO

from assay.cli.candidates.candidate import Candidate, Oversized, UnreadableError

__all__ = ["container_records"]

MAGIC = b"Obj\x01"
SYNC = 16
MAX_BLOCK = 256 * 1024 * 1024
NAMES_ALONE = ("doc", "aliases", "order", "default", "connect.name", "connect.doc")
"""What a schema may say besides, without a change to what is written."""

_FIXED = {"null": 0, "boolean": 1, "float": 4, "double": 8}

Skip = Callable[[BinaryIO], object]


def container_records(file: BinaryIO, schema: dict[str, Any], limit: int) -> Iterator[Candidate]:
    """Give each record of a file that was written with this schema.

    Raises:
        UnreadableError: the file is no container, was written with another schema or an unknown codec, or is broken.
    """
    try:
        codec, sync = _header(file, schema)
        yield from _records(file, _skip(schema, {}), codec, sync, limit)
    except (EOFError, zlib.error, KeyError, IndexError) as error:
        raise UnreadableError(f"the Avro file is broken: {error}") from error


def _records(
    file: BinaryIO, skip: Skip, opened: Callable[[bytes], bytes], sync: bytes, limit: int
) -> Iterator[Candidate]:
    while (count := _long_or_end(file)) is not None:
        block = BytesIO(opened(_bytes(file)))
        for _ in range(count):
            start = block.tell()
            skip(block)
            size = block.tell() - start
            if not size:
                raise EOFError("a record of no bytes")
            yield block.getbuffer()[start : start + size].tobytes() if size <= limit else Oversized(size)
        if block.read(1) or file.read(SYNC) != sync:
            raise UnreadableError("the Avro file is broken: a block does not end where its records do")


def _header(file: BinaryIO, schema: dict[str, Any]) -> tuple[Callable[[bytes], bytes], bytes]:
    """Read to the first block; return what opens a block, and the mark after each."""
    if file.read(len(MAGIC)) != MAGIC:
        raise UnreadableError("the file is no Avro object container; for records in base64, say --base64")
    said = {}
    while count := _long(file):
        if count < 0:
            _long(file)
        for _ in range(abs(count)):
            name = _bytes(file)
            said[name] = _bytes(file)
    codec = said.get(b"avro.codec", b"null").decode(errors="replace")
    if codec not in _CODECS:
        raise UnreadableError(f"the Avro file is packed with {codec}; write it with null or deflate")
    try:
        written = json.loads(said[b"avro.schema"])
    except (ValueError, KeyError) as error:
        raise UnreadableError("the Avro file does not say its schema") from error
    if _bare(written) != _bare(schema):
        raise UnreadableError(
            "the Avro file was written with another schema than the contract's; write it with that one"
        )
    return _CODECS[codec], _exactly(file, SYNC)


def _bare(schema: Any) -> Any:
    """A schema as far as it decides what is written."""
    if isinstance(schema, dict):
        kept = {name: _bare(value) for name, value in schema.items() if name not in NAMES_ALONE}
        return kept["type"] if list(kept) == ["type"] else kept
    return [_bare(each) for each in schema] if isinstance(schema, list) else schema


def _skip(schema: Any, named: dict[str, Skip]) -> Skip:
    """Return what goes past one value of a schema."""
    if isinstance(schema, list):
        branches = [_skip(each, named) for each in schema]
        return lambda file: branches[_index(file, len(branches))](file)
    kind = schema["type"] if isinstance(schema, dict) else schema
    if kind in ("record", "enum", "fixed"):
        return _skip_named(kind, schema, named)
    if kind == "array":
        return _skip_blocks(_skip(schema["items"], named))
    if kind == "map":
        of = _skip(schema["values"], named)
        return _skip_blocks(lambda file: (_bytes(file), of(file)))
    if kind in ("int", "long"):
        return _long
    if kind in ("bytes", "string"):
        return _bytes
    if kind in _FIXED:
        return partial(_exactly, size=_FIXED[kind])
    return _skip(kind, named) if isinstance(kind, dict | list) else named[kind]


def _skip_named(kind: str, schema: dict[str, Any], named: dict[str, Skip]) -> Skip:
    parts: list[Skip] = []
    if kind == "enum":
        parts = [_long]
    elif kind == "fixed":
        parts = [partial(_exactly, size=schema["size"])]

    def skip(file: BinaryIO) -> None:
        for part in parts:
            part(file)

    named[schema["name"]] = skip
    parts.extend(_skip(field["type"], named) for field in schema.get("fields", ()))
    return skip


def _skip_blocks(of: Skip) -> Skip:
    def skip(file: BinaryIO) -> None:
        while count := _long(file):
            if count < 0:
                _long(file)
            for _ in range(abs(count)):
                at = file.tell()
                of(file)
                if file.tell() == at:  # values of no bytes: nothing to pass over, however many there are
                    break

    return skip


def _index(file: BinaryIO, branches: int) -> int:
    index = _long(file)
    if not 0 <= index < branches:
        raise IndexError(f"a union of {branches} has no branch {index}")
    return index


def _bytes(file: BinaryIO) -> bytes:
    return _exactly(file, _long(file))


def _exactly(file: BinaryIO, size: int) -> bytes:
    if not 0 <= size <= MAX_BLOCK:
        raise EOFError(f"{size} bytes in one piece")
    value = file.read(size)
    if len(value) < size:
        raise EOFError("it ends within a value")
    return value


def _long(file: BinaryIO) -> int:
    number = _long_or_end(file)
    if number is None:
        raise EOFError("it ends within a value")
    return number


def _long_or_end(file: BinaryIO) -> int | None:
    number = 0
    for place in range(10):
        byte = file.read(1)
        if not byte:
            if place:
                raise EOFError("it ends within a number")
            return None
        number |= (byte[0] & 0x7F) << (7 * place)
        if byte[0] < 0x80:
            return (number >> 1) ^ -(number & 1)
    raise EOFError("a number of more than 64 bits")


def _deflated(block: bytes) -> bytes:
    opening = zlib.decompressobj(-15)
    opened = opening.decompress(block, MAX_BLOCK)
    if opening.unconsumed_tail:
        raise UnreadableError(f"a block of the Avro file has more than {MAX_BLOCK} bytes")
    return opened


_CODECS: dict[str, Callable[[bytes], bytes]] = {"null": bytes, "deflate": _deflated}
