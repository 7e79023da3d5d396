"""The lake: Delta tables that know their position in the stream."""

from assay.lake.columns import arrow_schema
from assay.lake.errors import (
    CommitRefusedError,
    ConflictError,
    LakeError,
    PositionError,
    SchemaError,
    StorageError,
    TableAbsentError,
)
from assay.lake.position import Partition, Span
from assay.lake.table import LakeTable, Snapshot
from assay.lake.typed import typed_records, typed_schema, typed_table

__all__ = [
    "CommitRefusedError",
    "ConflictError",
    "LakeError",
    "LakeTable",
    "Partition",
    "PositionError",
    "SchemaError",
    "Snapshot",
    "Span",
    "StorageError",
    "TableAbsentError",
    "arrow_schema",
    "typed_records",
    "typed_schema",
    "typed_table",
]
