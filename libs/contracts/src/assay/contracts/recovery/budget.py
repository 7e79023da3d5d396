"""How much work the repair of one record may take: so that no flow and no record holds up the others."""

from __future__ import annotations

from assay.contracts.model import Contract
from assay.contracts.recovery.errors import RepairError

__all__ = ["Budget", "work_of"]

_LEAST = 256 * 1024
_TIMES = 16
_PLACE = 64


def work_of(contract: Contract) -> int:
    """How much work the repair of one record of a contract may take."""
    return _LEAST + _TIMES * contract.max_record_bytes


class Budget:
    """What one flow may still do on one record, in bytes that it reads or writes; a place costs as many as a field.

    It allows for reading and writing a record of the largest size some sixteen times, which takes under half a second.
    """

    __slots__ = ("_left",)

    def __init__(self, work: int) -> None:
        self._left = work

    def spend(self, size_bytes: int) -> None:
        """Take so much away.

        Raises:
            RepairError: nothing is left.
        """
        self._left -= size_bytes
        if self._left < 0:
            raise RepairError("it takes more work than a repair may; the record or what is made of it is too large")

    def visit(self) -> None:
        """Spend what one place costs."""
        self.spend(_PLACE)
