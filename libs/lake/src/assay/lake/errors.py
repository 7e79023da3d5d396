"""What can go wrong at the lake."""

from __future__ import annotations

from assay.lake.position import Partition

__all__ = [
    "CommitRefusedError",
    "ConflictError",
    "LakeError",
    "PositionError",
    "SchemaError",
    "StorageError",
    "TableAbsentError",
]


class LakeError(Exception):
    """The base of all errors of the lake."""


class SchemaError(LakeError):
    """The columns that are wanted do not fit the table that is there."""

    def __init__(self, table: str, column: str, problem: str) -> None:
        super().__init__(f"lake table {table}: column {column!r} {problem}")
        self.table = table
        self.column = column
        self.problem = problem


class StorageError(LakeError):
    """The storage under the table did not take or give what was asked; the same may succeed later."""

    def __init__(self, table: str, cause: str) -> None:
        super().__init__(f"lake table {table}: {cause}")
        self.table = table


class TableAbsentError(LakeError):
    """There is no table at the address."""

    def __init__(self, table: str) -> None:
        super().__init__(f"there is no lake table {table}")
        self.table = table


class CommitRefusedError(LakeError):
    """Nothing was written; drop the batch, read the stored positions and seek to them."""


class PositionError(CommitRefusedError):
    """The table does not stand where the batch starts: another writer was here."""

    def __init__(self, partition: Partition, stored: int | None, start: int) -> None:
        super().__init__(f"{partition}: the batch starts at {start}, the table stands at {stored}")
        self.partition = partition
        self.stored = stored
        self.start = start


class ConflictError(CommitRefusedError):
    """Another writer committed to the same table between our look and our commit."""

    def __init__(self, table: str, cause: str) -> None:
        super().__init__(f"lake table {table}: {cause}")
        self.table = table
