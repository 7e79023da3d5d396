"""Avro read in batches, as columns of Arrow: an optional accelerator that accepts what the strict reader would.

`pyruhvro` checks lengths, branches and booleans. What it does not check, this does: bytes after the record show in a
secret number behind it, an `int` is read as a `long`, so that one of more than 32 bits is not cut, and UTF-8.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa
import pyruhvro

from assay.contracts.avro_schema import avro_schema
from assay.contracts.forms.arrow_columns import Struct
from assay.contracts.forms.avro_reader import CONTAINER
from assay.contracts.model import Contract

__all__ = ["AvroColumns"]

_MAX_BYTES = 256 * 1024 * 1024
"""Of the rows that are read at once; Arrow counts the characters of a column in 31 bits."""


class AvroColumns:
    """The rows of one contract, whose schema is never recursive and whose items always take a byte."""

    def __init__(self, contract: Contract) -> None:
        schema = _plain(avro_schema(contract))
        schema["fields"].append({"name": max((field.name for field in contract.fields), key=len) + "_", "type": "long"})
        self._schema = json.dumps(schema)
        self._record = Struct(contract.fields)
        self._end = secrets.randbits(60) + 2**60
        self._end_bytes = _varint(2 * self._end)

    def screen(self, rows: Sequence[bytes]) -> tuple[list[bool], AvroRows | None]:
        accepted = [False] * len(rows)
        if sum(map(len, rows)) > _MAX_BYTES:
            return accepted, None
        parts = list(self._parts([row + self._end_bytes for row in rows], 0))
        if not parts:
            return accepted, None
        places = [place for first, part in parts for place in range(first, first + len(part))]
        batch = pa.Table.from_batches([part for _, part in parts]).combine_chunks().to_batches()[0]
        array = pa.StructArray.from_arrays(batch.columns[:-1], fields=list(batch.schema)[:-1])
        whole = (batch.column(batch.num_columns - 1).to_numpy() == self._end).tolist()
        for place, is_whole in zip(places, whole, strict=True):
            accepted[place] = is_whole and rows[place][:4] != CONTAINER
        for refused in self._record.refused(array):
            accepted[places[refused]] = False
        return accepted, AvroRows(self._record, array, places)

    def _parts(self, rows: list[bytes], first: int) -> Iterator[tuple[int, pa.RecordBatch]]:
        """The rows that can be read, in as few batches as those that cannot leave of them."""
        try:
            yield first, pyruhvro.deserialize_array(rows, self._schema)
        except ValueError:
            if len(rows) > 1:
                middle = len(rows) // 2
                yield from self._parts(rows[:middle], first)
                yield from self._parts(rows[middle:], first + middle)


class AvroRows:
    """Rows that were read together."""

    def __init__(self, record: Struct, array: pa.StructArray, places: list[int]) -> None:
        self._record = record
        self._array = array
        self._places = places

    def look(self, names: Sequence[str], places: Sequence[int]) -> list[dict[str, Any]]:
        columns = [self._record.of(name, self._array) for name in names]
        looks = [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]
        if len(looks) == len(self._places) == self._places[-1] + 1:
            return [looks[place] for place in places]
        index = {place: index for index, place in enumerate(self._places)}
        return [looks[index[place]] for place in places]


def _plain(schema: Any) -> Any:
    """The same schema without logical types, and with every `int` a `long`."""
    if isinstance(schema, list):
        return [_plain(branch) for branch in schema]
    if not isinstance(schema, dict):
        return "long" if schema == "int" else schema
    match schema["type"]:
        case "record":
            return {**schema, "fields": [{**each, "type": _plain(each["type"])} for each in schema["fields"]]}
        case "array":
            return {"type": "array", "items": _plain(schema["items"])}
    return _plain(schema["type"])


def _varint(rest: int) -> bytes:
    digits = bytearray()
    while rest > 0x7F:
        digits.append(rest & 0x7F | 0x80)
        rest >>= 7
    return bytes([*digits, rest])
