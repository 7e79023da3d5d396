"""What carries a row: JSON, a change event around it, or a binary form. The row itself is always JSON here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
import orjson

from assay.contracts.errors import MalformedRecordError, UnwritableError
from assay.contracts.forms.avro_writer import record_writer
from assay.contracts.forms.fidelity import lost
from assay.contracts.forms.protobuf_reader import MessageReader
from assay.contracts.forms.protobuf_writer import message_writer
from assay.contracts.forms.reader import payload_reader
from assay.contracts.model import Contract
from assay.contracts.recovery.errors import RepairError
from assay.contracts.recovery.outcome import Failed
from assay.contracts.recovery.versions import respelled
from assay.contracts.verdict import Reason

__all__ = ["Carrier", "Opened"]

_Layer = dict[str, msgspec.Raw]
_LAYER = msgspec.json.Decoder(_Layer)


@dataclass(frozen=True, slots=True)
class Opened:
    """A row as JSON, and what puts a repaired one back into what carried it."""

    row: bytes
    close: Callable[[bytes], bytes]


class Carrier:
    """Opens the dead letters of a contract, which it or another version of it has written."""

    def __init__(self, contract: Contract, versions: Mapping[str, Contract]) -> None:
        self._contract = contract
        self._versions = {**versions, contract.version: contract}
        self._readers: dict[str, Callable[[bytes], dict[str, Any]]] = {}
        self._write = _writer(contract)

    def open(self, failed: Failed, version: str = "") -> Opened:
        """The row of a dead letter, read by that version; without one by the version that it declares.

        Raises:
            RepairError: it cannot be read, or has no row.
        """
        known = self._versions.get(version or failed.declared or self._contract.version)
        if self._contract.form == "json" and (known.form == "json" if known else not version):
            opened = self._text(failed)
            return Opened(self._spelled(opened.row, known), opened.close) if known and version else opened
        if known is None:
            raise RepairError("the version that it is to be read by is not known here")
        return Opened(orjson.dumps(self._read(failed.value, known)), self._closed)

    def _text(self, failed: Failed) -> Opened:
        """The row of a record in JSON: of a change the row after it, of what is no change the whole."""
        if self._contract.kind == "direct" or failed.reason == Reason.ENVELOPE:
            if not failed.value.lstrip().startswith(b"{"):
                raise RepairError("the record is not a JSON object")
            return Opened(failed.value, bytes)
        layers = _layers(failed.value)
        return Opened(bytes(layers[-1]["after"]), lambda row: _put_back(layers, row))

    def _spelled(self, row: bytes, known: Contract) -> bytes:
        """The row with its dates as the version in force spells them; its own bytes where those are the same."""
        record = payload_reader(known)(row)
        made = respelled(record, known.fields, self._contract.fields)
        return row if made == record else orjson.dumps(made)

    def _read(self, value: bytes, known: Contract) -> dict[str, Any]:
        try:
            record = self._reader(known)(value)
        except MalformedRecordError as error:
            raise RepairError(f"it cannot be read by version {known.version}: found {error.found}") from error
        return record if known is self._contract else respelled(record, known.fields, self._contract.fields)

    def _reader(self, known: Contract) -> Callable[[bytes], dict[str, Any]]:
        if known.version not in self._readers:
            self._readers[known.version] = _whole(known) if known.form == "protobuf" else payload_reader(known)
        return self._readers[known.version]

    def _closed(self, row: bytes) -> bytes:
        """The row in the form of the version in force, if that can say all of it.

        Raises:
            RepairError: it cannot.
        """
        if self._write is None:
            return row
        record = orjson.loads(row)
        if not isinstance(record, dict):
            raise RepairError("the record is not an object")
        try:
            written = self._write(record)
        except UnwritableError as error:
            raise RepairError(str(error)) from error
        if place := lost(self._contract.fields, record, self._reader(self._contract)(written)):
            raise RepairError(
                f"{place}: {self._contract.form} cannot say it exactly in version {self._contract.version}"
            )
        return written


def _writer(contract: Contract) -> Callable[[Mapping[str, Any]], bytes] | None:
    return (
        {"avro": record_writer, "protobuf": message_writer}[contract.form](contract)
        if contract.form != "json"
        else None
    )


def _whole(contract: Contract) -> Callable[[bytes], dict[str, Any]]:
    """A reader of messages that reads only those that can be written again: nothing in them is in no field."""
    reader = MessageReader(contract)

    def read(value: bytes) -> dict[str, Any]:
        if contract.openness == "open" and reader.message(value) is None:
            raise MalformedRecordError("fields that the contract does not have, which would be lost")
        return reader.record(value)

    return read


def _layers(value: bytes) -> list[_Layer]:
    """The objects of a change event from without inwards; the last holds the row after the change."""
    layers = [_layer(value)]
    if "op" not in layers[0] and _is_object(layers[0].get("payload")):
        layers.append(_LAYER.decode(layers[0]["payload"]))
    if not _is_object(layers[-1].get("after")):
        raise RepairError("the change has no row after it to repair")
    return layers


def _layer(value: bytes) -> _Layer:
    try:
        return _LAYER.decode(value)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise RepairError("the record is not a JSON object") from None


def _is_object(part: msgspec.Raw | None) -> bool:
    return part is not None and bytes(part).startswith(b"{")


def _put_back(layers: list[_Layer], row: bytes) -> bytes:
    """The bytes of the layers put into one another again, with another row in the innermost."""
    for layer, name in zip(reversed(layers), ("after", "payload"), strict=False):
        row = msgspec.json.encode({**layer, name: msgspec.Raw(row)})
    return row
