"""Shows dead letters: one with all that became of it, and all as they come."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

from assay.api.recovery.v1 import recovery_pb2 as pb
from assay.api.recovery.v1 import run_pb2
from assay.recovery.calls import Calls
from assay.recovery.contracts_here import ContractsHere
from assay.recovery.errors import LetterUnknownError
from assay.recovery.history import UNFOUND, Attempt
from assay.recovery.letter import found
from assay.recovery.selecting import Selecting
from assay.recovery.shelf import Shelf
from assay.recovery.wire import attempt_message, letter_message, place_of, with_record

__all__ = ["LetterDesk"]

HISTORY_S = 8.0
"""How long the links of a dead letter are looked for."""

MAX_LOOKS, MAX_TAILS = 16, 50
"""Calls at a time: each has a consumer of its own."""


class LetterDesk:
    """Reads dead letters from their topics; what is sealed stays sealed."""

    def __init__(self, contracts: ContractsHere, selecting: Selecting, shelf: Shelf) -> None:
        self._contracts = contracts
        self._selecting = selecting
        self._shelf = shelf
        self._looks, self._tails = Calls(MAX_LOOKS), Calls(MAX_TAILS)

    async def one(self, text: str) -> pb.DeadLetter:
        """Return the dead letter at a place, with its history.

        Where the links are too far apart to be found in time, the history has this letter alone.

        Raises:
            RequestError: the place is none.
            LetterUnknownError: nothing stands there, or nothing any more.
            ContractsUnheardError: nobody knows yet whose place it is.
            OverloadedError: too many are under way.
        """
        with self._looks.one():
            return await self._one(text)

    async def tail(self, selected: run_pb2.Selection) -> AsyncGenerator[pb.TailDeadLettersResponse]:
        """Yield dead letters as they come; the first answer is empty: those that come after it are not missed.

        Raises:
            OverloadedError: too many are under way.
        """
        contract = self._contracts.named(selected.contract)
        selection = await self._selecting.read(selected, contract)
        with self._tails.one():
            async with aclosing(self._shelf.follow(contract, selection)) as letters:
                async for letter, missed in letters:
                    told = None if letter is None else letter_message(letter)
                    yield pb.TailDeadLettersResponse(letter=told, missed=missed)

    async def _one(self, text: str) -> pb.DeadLetter:
        place = place_of(text)
        contract = self._contracts.of_dead_letters(place.topic)
        if contract is None:
            raise LetterUnknownError(str(place))
        record = (await self._shelf.at(contract, [place])).get(place)
        letter = None if record is None else found(record)
        if record is None or letter is None or not letter.reason:
            raise LetterUnknownError(str(place))
        try:
            async with asyncio.timeout(HISTORY_S):
                attempts = await self._shelf.history(contract, letter)
        except TimeoutError:
            attempts = [Attempt(letter, UNFOUND if await self._shelf.is_settled(contract, record) else None)]
        message = with_record(letter_message(letter), record)
        message.history.extend(attempt_message(each) for each in attempts)
        here = next(each for each in attempts if each.letter.place == letter.place)
        if here.settlement is not None:
            message.settlement.CopyFrom(here.settlement)
        return message
