"""The value of a topic as the record it is: without its frame, in whatever form, as JSON has it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson

from assay.contracts.errors import MalformedRecordError
from assay.contracts.explain import shape
from assay.contracts.forms.avro_reader import record_reader
from assay.contracts.forms.protobuf_reader import MessageReader
from assay.contracts.frame import FrameError, Headers, unframe
from assay.contracts.json_text import no_json
from assay.contracts.model import Contract

__all__ = ["RecordReader", "payload_reader"]


class RecordReader:
    """Reads the bare records of one contract version, which were written by it."""

    def __init__(self, contract: Contract) -> None:
        self._form = contract.form
        self._read = payload_reader(contract)

    def read(self, value: bytes, headers: Headers = ()) -> dict[str, Any]:
        """The record in a value.

        Raises:
            MalformedRecordError: it cannot be read.
        """
        return self._read(self.bare(value, headers))

    def bare(self, value: bytes, headers: Headers = ()) -> bytes:
        """The value without its frame.

        Raises:
            MalformedRecordError: the frame is none.
        """
        try:
            frame = unframe(value, headers, self._form)
        except FrameError as error:
            raise MalformedRecordError(error.found) from error
        return frame.payload if frame else value


def payload_reader(contract: Contract) -> Callable[[bytes], dict[str, Any]]:
    """What reads the records of a contract version without their frame; it raises `MalformedRecordError` alone."""
    if contract.form == "avro":
        return record_reader(contract)
    return MessageReader(contract).record if contract.form == "protobuf" else _json


def _json(value: bytes) -> dict[str, Any]:
    try:
        record = orjson.loads(value)
    except orjson.JSONDecodeError:
        raise MalformedRecordError(no_json(value)) from None
    if type(record) is not dict:
        raise MalformedRecordError(shape(record))
    return record
