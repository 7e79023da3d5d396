"""The rows of one day of the lake, as SQL over a snapshot."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import duckdb

from assay.contracts import Contract, warehouse_columns
from assay.warehouse.checks import quoted
from assay.warehouse.day import Day

if TYPE_CHECKING:
    import pyarrow.dataset as ds  # slow to import: it brings pandas along where that is installed

__all__ = ["Columns", "DayRows", "loaded_columns"]

Columns = tuple[tuple[str, str], ...]

LAKE = "lake"
TEXT = "VARCHAR"
COUNTED: Columns = (("_topic", TEXT), ("_partition", "BIGINT"), ("_offset", "BIGINT"))
LOADED: Columns = (
    ("_source", TEXT),
    ("event_ms", "BIGINT"),
    ("_arrival_ms", "BIGINT"),
    ("_order", "BIGINT"),
    ("_op", TEXT),
    ("_attempt", "BIGINT"),
    ("_flow", TEXT),
    ("_dead_letter", TEXT),
)
"""Columns of ours that the warehouse has beside the contract's."""


def loaded_columns(contract: Contract) -> Columns:
    """Answer the columns of the contract's table in the warehouse, with their SQL types."""
    return (*warehouse_columns(contract), *LOADED)


@dataclass(frozen=True, slots=True)
class DayRows:
    """A day of a snapshot; reading it twice gives the same rows, whatever is appended meanwhile."""

    dataset: ds.Dataset
    day: Day
    columns: Columns

    def source(self, connection: duckdb.DuckDBPyConnection) -> str:
        """Answer a query for the day's rows, to be used in parentheses on this connection.

        It reads the files whose statistics meet the day only. A column that the lake does not have yet is null.
        """
        connection.register(LAKE, self.dataset)
        present = set(self.dataset.schema.names)
        parts = [
            quoted(name) if name in present else f"CAST(NULL AS {kind}) AS {quoted(name)}"
            for name, kind in (*COUNTED, *self.columns)
        ]
        bounds = f"event_ms >= {self.day.start_ms} AND event_ms < {self.day.end_ms}"
        return f"SELECT {', '.join(parts)} FROM {LAKE} WHERE {bounds}"  # noqa: S608 -- names quoted, bounds are integers
