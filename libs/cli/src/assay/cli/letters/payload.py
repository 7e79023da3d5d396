"""The record of a dead letter as a person reads it: without its frame, as JSON, whatever it is written in."""

from __future__ import annotations

import msgspec
import orjson

from assay.api.recovery.v1.recovery_pb2 import DeadLetter
from assay.cli.errors import CallError
from assay.cli.published import contract_of
from assay.contracts import Contract, MalformedRecordError
from assay.contracts.forms.reader import RecordReader
from assay.streaming import Record

__all__ = ["payload_text", "read_by_contract"]

FRAMED = (b"\x00", b"\x01")


def payload_text(value: bytes) -> str | None:
    """Return a JSON value with a line for each field, other text as it is, None for what is framed or no text."""
    if value[:1] in FRAMED:
        return None
    try:
        text = value.decode()
    except UnicodeDecodeError:
        return None
    try:
        return msgspec.json.format(text, indent=2)  # numbers keep their digits
    except (msgspec.DecodeError, RecursionError):
        return text


async def read_by_contract(letter: DeadLetter, record: Record, registry: str) -> str | None:
    """Return a framed or binary record as JSON, read by the version that it declares, else by the one that judged it.

    None where it can't be read so, or no such version can be had.
    """
    if not record.value or payload_text(record.value) is not None:
        return None
    try:
        contract = await contract_of(letter.contract, registry, letter.declared_version or letter.version)
    except CallError:
        return None
    return _read(contract, record)


def _read(contract: Contract, record: Record) -> str | None:
    reader = RecordReader(contract)
    try:
        if contract.form == "json":
            return payload_text(reader.bare(record.value or b"", record.headers))
        return orjson.dumps(reader.read(record.value or b"", record.headers), option=orjson.OPT_INDENT_2).decode()
    except (MalformedRecordError, orjson.JSONEncodeError):
        return None
