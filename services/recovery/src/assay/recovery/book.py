"""What a ward asks of the store, and tells it: hints, all of them, that the topics know better."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from assay.recovery.run import Run

__all__ = ["Book"]


class Book(Protocol):
    """The store of recovery as a ward sees it. Every call raises StoreAwayError where the store does not answer."""

    async def settled(self, topic: str, partition: int) -> tuple[int | None, Mapping[int, bytes]]:
        """Return what is settled of a dead-letter partition, in blocks of bits, and from where on the settlements are unknown."""
        ...

    async def active(self) -> Sequence[Run]:
        """Return every run that is running or paused."""
        ...

    async def one(self, run_id: str) -> Run | None:
        """Return one run, whatever its state."""
        ...

    async def is_at(self, audit_offset: int) -> bool:
        """Whether every action before this offset of the audit is known."""
        ...

    async def progress(
        self, run_id: str, partition: int, position: int, left: int, explanations: Mapping[str, int]
    ) -> None:
        """Say how far a run is."""
        ...

    async def value(self, run_id: str) -> bytes | None:
        """Return what is resubmitted, sealed; None where it is not there any more."""
        ...

    async def drop_value(self, run_id: str) -> None:
        """Forget what was resubmitted."""
        ...
