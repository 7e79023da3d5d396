"""Records in Protobuf, as `protobuf_file` of their contract writes them."""

from __future__ import annotations

from collections.abc import Iterable

from assay.contracts.forms.binary import BinaryForm
from assay.contracts.forms.columns import in_columns
from assay.contracts.forms.protobuf_columns import ProtobufColumns
from assay.contracts.forms.protobuf_reader import MessageReader
from assay.contracts.model import Contract

__all__ = ["ProtobufForm"]


class ProtobufForm(BinaryForm):
    """The rows of one contract in Protobuf: accepted in columns, explained one by one."""

    def __init__(self, contract: Contract, looked_at: Iterable[str] = ()) -> None:
        reader = MessageReader(contract)
        columns = ProtobufColumns(contract, reader) if in_columns(contract.fields) else None
        super().__init__("protobuf", contract, looked_at, reader.record, columns)
