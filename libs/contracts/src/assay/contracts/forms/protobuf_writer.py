"""Protobuf written by a contract: what `protobuf_reader` reads."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from assay.contracts.errors import UnwritableError
from assay.contracts.forms.protobuf_reader import message_class
from assay.contracts.forms.writing import nanoseconds, of, scalar, unwritable
from assay.contracts.model import Contract, Field
from assay.contracts.types import type_of

__all__ = ["message_writer"]

_SECOND_NS = 10**9


def message_writer(contract: Contract) -> Callable[[Mapping[str, Any]], bytes]:
    """What writes a record, as JSON has it, in Protobuf of the contract's message. What is null is not there.

    It writes what Protobuf can say, be it against the contract, and leaves out what is no field; the same record gives
    the same bytes. It raises `UnwritableError` where a value is of a type, or a size, that Protobuf cannot say there.
    """
    made = message_class(contract)

    def write(record: Mapping[str, Any]) -> bytes:
        message = made()
        _fill(contract.fields, message, record, "")
        return message.SerializeToString(deterministic=True)

    return write


def _fill(fields: Sequence[Field], message: Any, record: Mapping[str, Any], at: str) -> None:
    message.SetInParent()
    for field in fields:
        value = record.get(field.name)
        if value is not None:
            _try(field, message, value, f"{at}/{field.name}")


def _try(field: Field, message: Any, value: Any, at: str) -> None:
    try:
        _set(field, message, value, at)
    except UnwritableError:
        raise
    except (TypeError, ValueError, OverflowError) as error:
        raise unwritable(field, value, at) from error


def _set(field: Field, message: Any, value: Any, at: str) -> None:
    name = field.name
    if values := field.values:
        for key, item in of(dict, value).items():
            _put(values, getattr(message, name), key, item, at)
    elif items := field.items:
        for item in of(list, value):
            _append(items, getattr(message, name), item, at)
    elif field.properties:
        _fill(field.properties, getattr(message, name), of(dict, value), at)
    elif type_of(field).name == "timestamp":
        _stamp(field, getattr(message, name), value)
    else:
        setattr(message, name, scalar(field, value))


def _append(field: Field, values: Any, item: Any, at: str) -> None:
    if field.properties:
        _fill(field.properties, values.add(), of(dict, item), f"{at}/*")
    elif type_of(field).name == "timestamp":
        _stamp(field, values.add(), item)
    else:
        values.append(scalar(field, item))


def _put(field: Field, values: Any, key: str, item: Any, at: str) -> None:
    if field.properties:
        _fill(field.properties, values[key], of(dict, item), f"{at}/*")
    elif type_of(field).name == "timestamp":
        _stamp(field, values[key], item)
    else:
        values[key] = scalar(field, item)


def _stamp(field: Field, stamp: Any, value: Any) -> None:
    whole = nanoseconds(field, value)
    stamp.SetInParent()
    stamp.seconds, stamp.nanos = divmod(whole, _SECOND_NS)
