"""How much work the repair of one record may take: so that no flow and no record holds up the others."""

from __future__ import annotations

from assay.contracts.model import Contract
from assay.contracts.recovery.errors import RepairError

__all__ = ["Budget", "work_of"]

_LEAST = 256 * 1024
_TIMES = 16
_PLACE = 256
"""To read, change and write one place takes some 5 µs; so many bytes take less than 1."""


def work_of(contract: Contract) -> int:
    """How much work the repair of one record of a contract may take."""
    return _LEAST + _TIMES * contract.max_record_bytes


class Budget:
    """What one flow may still do on one record, in bytes that it reads or writes, or as many as a place is worth.

    It allows for reading and writing a record of the largest size some sixteen times; where that is 1 MiB, for changing
    some 60,000 places of it.
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
