"""The stream: a ward for each partition of dead letters, all with one board of runs."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from assay.contracts import Contract
from assay.recovery.board import Board
from assay.recovery.book import Book
from assay.recovery.seats import Seats
from assay.recovery.ward import LetterWarden
from assay.runtime import Clock
from assay.streaming import LaneSettings, Partition
from assay.streaming.holder import Makes
from assay.streaming.ward import wards

__all__ = ["Replays"]


class Replays:
    """Makes the wards of a forwarder; they live while `run` does."""

    def __init__(self, broker: str, seats: Seats, book: Book, clock: Clock, settings: LaneSettings) -> None:
        self._broker = broker
        self._seats = seats
        self._book = book
        self._clock = clock
        self._settings = settings
        self._board = Board(broker, book)
        self._seated = asyncio.Event()

    @property
    def topics(self) -> Sequence[str]:
        """The dead-letter topics of every contract that is seated."""
        return sorted(self._seats.topics)

    @property
    def wards(self) -> Makes:
        """What a forwarder takes in place of a step."""
        return wards(self._broker, self._warden, self._settings)

    async def take(self, contracts: Sequence[Contract]) -> None:
        """Put contracts in force; wards go through dead letters of before where that changes what becomes of them."""
        await self._seats.take(contracts)
        self._seated.set()

    async def run(self) -> None:
        """Follow what is asked for until cancelled; before the first contract nothing is, and its topic is not there."""
        await self._seated.wait()
        await self._board.run()

    def _warden(self, partition: Partition) -> LetterWarden:
        most = self._settings.chunk_records
        return LetterWarden(self._broker, partition, self._seats, self._board, self._book, self._clock, most)
