"""Records of a contract as a producer writes them in a binary form, from what they are as JSON, good or bad."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from assay.contracts import Contract
from assay.contracts.forms.avro_writer import avro_long, record_writer
from assay.contracts.forms.protobuf_writer import message_writer

__all__ = ["avro_bytes", "avro_long", "protobuf_bytes"]


def avro_bytes(contract: Contract, record: Mapping[str, Any]) -> bytes:
    """The record in Avro, of the contract's own schema; a field that is not there is null.

    Raises:
        UnwritableError: a required field is not there, or a value is of another type, which Avro cannot say.
    """
    return record_writer(contract)(record)


def protobuf_bytes(contract: Contract, record: Mapping[str, Any]) -> bytes:
    """The record in Protobuf, of the contract's own message; what is null is not there.

    Raises:
        UnwritableError: a value is of another type, or does not fit, which Protobuf cannot say.
    """
    return message_writer(contract)(record)
