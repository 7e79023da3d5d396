"""Records in Avro, as `avro_schema` of their contract writes them."""

from __future__ import annotations

from collections.abc import Iterable

from assay.contracts.forms.avro_reader import record_reader
from assay.contracts.forms.binary import BinaryForm
from assay.contracts.forms.columns import Columns, in_columns
from assay.contracts.model import Contract, Field
from assay.contracts.types import type_of

__all__ = ["AvroForm"]


class AvroForm(BinaryForm):
    """The rows of one contract in Avro: accepted in columns where `pyruhvro` is there, explained by a strict reader."""

    def __init__(self, contract: Contract, looked_at: Iterable[str] = ()) -> None:
        super().__init__("avro", contract, looked_at, record_reader(contract), _columns(contract))


def _columns(contract: Contract) -> Columns | None:
    """Columns, unless the contract has bytes, which `pyruhvro` panics at, or constraints that span values."""
    is_fit = in_columns(contract.fields) and not any(map(_has_bytes, contract.fields))
    if not is_fit:
        return None
    try:
        from assay.contracts.forms.avro_columns import AvroColumns
    except ImportError:  # the extra `fast` is not there
        return None
    return AvroColumns(contract)


def _has_bytes(field: Field) -> bool:
    inside = (*field.properties, *filter(None, (field.items, field.values)))
    return type_of(field).avro.startswith("bytes") or any(map(_has_bytes, inside))
