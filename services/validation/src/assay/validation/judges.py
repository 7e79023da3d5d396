"""The judge of each contract version, compiled once and kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from assay.client import Version
from assay.contracts import Contract, Judge, load
from assay.telemetry import get_logger
from assay.validation.errors import UncompiledError

__all__ = ["Judges", "Seat"]


@dataclass(frozen=True, slots=True, eq=False)
class Seat:
    """One contract version and its judge; a record's payload begins at `offset` of its value.

    Records that are judged together have the same seat, the same object.
    """

    contract: Contract
    judge: Judge
    offset: int = 0


class Judges:
    """Seats by the text of their version; None stands for one that can't be compiled here, and stays so."""

    def __init__(self) -> None:
        self._seats: dict[tuple[bytes, int], Seat | None] = {}

    def of(self, contract: Contract) -> Seat | None:
        """Return the seat of a contract, compiled where it isn't yet: that takes some ms."""
        return self._compiled(contract.id, contract.version, contract.text, lambda: contract)

    def compile(self, version: Version) -> None:
        """Load a version and compile it, where that isn't done: it takes up to 100 ms."""
        self._compiled(version.contract, version.version, version.text, lambda: load(version.text))

    def at(self, version: Version, offset: int) -> Seat | None:
        """Return the seat of a version for records whose payload begins at `offset`.

        Raises:
            UncompiledError: nobody compiled it.
        """
        key = (version.text, offset)
        if key not in self._seats:
            if (version.text, 0) not in self._seats:
                raise UncompiledError(version)
            bare = self._seats[version.text, 0]
            self._seats[key] = bare and replace(bare, offset=offset)
        return self._seats[key]

    def _compiled(self, contract: str, version: str, text: bytes, loaded: Callable[[], Contract]) -> Seat | None:
        if (text, 0) not in self._seats:
            self._seats[text, 0] = _compile(contract, version, loaded)
        return self._seats[text, 0]


def _compile(contract: str, version: str, loaded: Callable[[], Contract]) -> Seat | None:
    try:
        found = loaded()
        return Seat(found, Judge(found))
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # noqa: BLE001 -- a panic of an engine is no Exception; it must not stop the others
        facts = {"contract": contract, "version": version, "error": str(error)}
        get_logger().error("contract.held", **facts)
        return None
