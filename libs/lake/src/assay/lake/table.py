"""A Delta table that takes a batch only at the place in the stream where it stands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import pyarrow as pa
from deltalake import CommitProperties, DeltaTable, Schema, Transaction, write_deltalake
from deltalake.exceptions import CommitFailedError, DeltaError, TableNotFoundError

from assay.lake.columns import added_columns, fitted
from assay.lake.errors import ConflictError, PositionError, StorageError, TableAbsentError
from assay.lake.position import Partition, Span

if TYPE_CHECKING:
    import pyarrow.dataset as ds  # slow to import: it brings pandas along where that is installed

__all__ = ["LakeTable", "Snapshot"]

ENSURE_ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One version of a table: its files, and a dataset over them."""

    version: int
    files: tuple[str, ...]
    dataset: ds.Dataset


class LakeTable:
    """The lake of one contract. Every call blocks and looks at the table anew; a handle never goes stale.

    Any call may raise StorageError where the storage fails, and those that need a table TableAbsentError.
    """

    def __init__(self, uri: str, storage: Mapping[str, str] | None = None) -> None:
        """Point at a table; `uri` is a path or whatever Delta can open, `storage` its options (keys, endpoints)."""
        self.uri = uri
        self._storage = dict(storage) if storage else None

    @property
    def exists(self) -> bool:
        """Whether there is a table."""
        with self._errors():
            return bool(DeltaTable.is_deltatable(self.uri, self._storage))

    def ensure(self, schema: pa.Schema) -> None:
        """Make the table, or add the columns that it lacks.

        Raises:
            SchemaError: a column has another type than before; the table is unchanged.
            ConflictError: other writers changed the table at each of our attempts.
        """
        for attempt in range(1, ENSURE_ATTEMPTS + 1):
            try:
                return self._make_or_grow(schema)
            except ConflictError:
                if attempt == ENSURE_ATTEMPTS:
                    raise
        return None

    def append(self, batch: pa.Table, spans: Mapping[Partition, Span]) -> int:
        """Write the rows and the new positions in one commit, or nothing; answer the version of the table.

        Exactly one of several writers that start from one position gets through. A partition without a
        stored position takes any start.

        Raises:
            PositionError: the table does not stand at the start of a span.
            ConflictError: another writer got in between; nothing was written.
            SchemaError: the batch has a column that the table lacks.
        """
        handle = self._handle()
        for partition, span in spans.items():
            stored = handle.transaction_version(partition.app_id)
            if stored is not None and stored != span.start:
                raise PositionError(partition, stored, span.start)
        rows = fitted(batch, pa.schema(handle.schema().to_arrow()), self.uri)
        positions = [Transaction(partition.app_id, span.next) for partition, span in spans.items()]
        with self._errors():
            write_deltalake(handle, rows, mode="append", commit_properties=CommitProperties(app_transactions=positions))
        return int(handle.version())

    def positions(self, partitions: Iterable[Partition]) -> dict[Partition, int | None]:
        """Answer the next offset that the table lacks, for each partition; None where it never had any."""
        try:
            handle = self._handle()
        except TableAbsentError:
            return dict.fromkeys(partitions)
        return {partition: handle.transaction_version(partition.app_id) for partition in partitions}

    def snapshot(self) -> Snapshot:
        """Answer the table as it is now; what others commit later is not in it."""
        handle = self._handle()
        with self._errors():
            return Snapshot(int(handle.version()), tuple(handle.file_uris()), handle.to_pyarrow_dataset())

    def compact(self) -> int:
        """Write small files together into larger ones; answer how many went. Rows and positions stay as they are.

        Raises:
            ConflictError: another writer was compacting; nothing was changed.
        """
        handle = self._handle()
        with self._errors():
            return int(handle.optimize.compact()["numFilesRemoved"])

    def vacuum(self, older_than: timedelta = timedelta(days=7)) -> int:
        """Delete files that no version younger than `older_than` needs; answer how many.

        The bound protects readers of an older snapshot, and files of a commit that is still under way.
        """
        hours = int(older_than.total_seconds() // 3600)
        handle = self._handle()
        with self._errors():
            return len(handle.vacuum(hours, dry_run=False, enforce_retention_duration=False))

    def _handle(self) -> DeltaTable:
        with self._errors():
            return DeltaTable(self.uri, storage_options=self._storage)

    @contextmanager
    def _errors(self) -> Iterator[None]:
        """Say in our words what Delta says in its own."""
        try:
            yield
        except TableNotFoundError as absent:
            raise TableAbsentError(self.uri) from absent
        except CommitFailedError as refused:
            raise ConflictError(self.uri, str(refused)) from refused
        except (DeltaError, OSError) as failed:
            raise StorageError(self.uri, str(failed)) from failed

    def _make_or_grow(self, schema: pa.Schema) -> None:
        if not self.exists:
            self._make(schema)
        handle = self._handle()
        added = added_columns(pa.schema(handle.schema().to_arrow()), schema, self.uri)
        if added:
            with self._errors():
                handle.alter.add_columns(Schema.from_arrow(pa.schema(added)).fields)

    def _make(self, schema: pa.Schema) -> None:
        nullable = pa.schema([field.with_nullable(True) for field in schema])
        try:
            with self._errors():
                DeltaTable.create(self.uri, nullable, mode="error", storage_options=self._storage)
        except (ConflictError, StorageError):
            if not self.exists:  # else another writer made it first
                raise
