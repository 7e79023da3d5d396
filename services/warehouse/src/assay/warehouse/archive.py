"""The lake as this service sees it: one Delta table a contract, at the contract's id."""

from __future__ import annotations

from urllib.parse import quote

from assay.contracts import Contract
from assay.lake import LakeError, LakeTable, Partition, Snapshot, TableAbsentError
from assay.warehouse.errors import ArchiveEmptyError, LakeAwayError

__all__ = ["Archive", "partitions_of"]


class Archive:
    """Every call blocks."""

    def __init__(self, lake: str) -> None:
        self._lake = lake.rstrip("/")

    def table(self, contract: str) -> LakeTable:
        """Answer the table of a contract, whether it is there or not."""
        return LakeTable(f"{self._lake}/{quote(contract, safe='')}")

    def snapshot(self, contract: str) -> Snapshot:
        """Answer the table as it is now.

        Raises:
            ArchiveEmptyError: there is none yet.
            LakeAwayError: the lake did not answer.
        """
        table = self.table(contract)
        try:
            return table.snapshot()
        except TableAbsentError as absent:
            raise ArchiveEmptyError(contract) from absent
        except LakeError as failed:
            raise LakeAwayError(table.uri, str(failed)) from failed

    def extent(self, contract: Contract) -> tuple[dict[Partition, int], int]:
        """Answer the next offset that the lake lacks, by partition that it has anything of, and its rows.

        Raises:
            LakeAwayError: the lake did not answer.
        """
        table = self.table(contract.id)
        try:
            stored = table.positions(partitions_of(contract))
            rows = int(table.snapshot().dataset.count_rows()) if table.exists else 0
        except (LakeError, OSError) as failed:
            raise LakeAwayError(table.uri, str(failed)) from failed
        return {partition: offset for partition, offset in stored.items() if offset is not None}, rows


def partitions_of(contract: Contract) -> list[Partition]:
    """Answer the partitions that feed a contract's table."""
    return [Partition(contract.topics.validated, number) for number in range(contract.partitions)]
