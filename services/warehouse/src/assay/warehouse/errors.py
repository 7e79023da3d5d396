"""What the warehouse refuses or could not do."""

from __future__ import annotations

from assay.runtime import AssayError, TransientError

__all__ = [
    "ArchiveEmptyError",
    "ContractUnknownError",
    "DayError",
    "LakeAwayError",
    "WarehouseBusyError",
    "WarehouseError",
]


class WarehouseError(AssayError):
    """The base of all errors of the warehouse."""


class DayError(WarehouseError):
    """The day is not a date of the calendar."""

    def __init__(self, day: str) -> None:
        super().__init__(f"{day!r} is not a day; write it as YYYY-MM-DD, such as 2013-02-08")
        self.day = day


class ContractUnknownError(WarehouseError):
    """No contract of that id was ever seen."""

    def __init__(self, contract: str) -> None:
        super().__init__(f"no contract {contract!r}; publish it with `assay contract apply`")
        self.contract = contract


class ArchiveEmptyError(WarehouseError):
    """The contract has no table in the lake yet."""

    def __init__(self, contract: str) -> None:
        super().__init__(f"the lake has no record of contract {contract!r} yet")
        self.contract = contract


class LakeAwayError(WarehouseError, TransientError):
    """The lake did not answer; the same call may succeed later."""

    def __init__(self, table: str, cause: str) -> None:
        super().__init__(f"lake table {table} cannot be read: {cause}")
        self.table = table


class WarehouseBusyError(WarehouseError, TransientError):
    """The warehouse file could not be opened, most often because another process holds it; it may be free later."""

    def __init__(self, file: str, waited_s: float, cause: str) -> None:
        super().__init__(f"{file} could not be opened for {waited_s:g} s: {cause}")
        self.file = file
        self.waited_s = waited_s
