"""How many calls of one kind may be under way at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import copy_context
from functools import partial
from typing import ParamSpec, TypeVar

from assay.recovery.errors import OverloadedError

__all__ = ["Calls", "in_thread"]

Given = ParamSpec("Given")
Found = TypeVar("Found")


class Calls:
    """Places for calls of one kind; a full house sends the next one away."""

    def __init__(self, most: int) -> None:
        self._free = most

    @contextmanager
    def one(self) -> Iterator[None]:
        """Hold a place for the block.

        Raises:
            OverloadedError: none is free.
        """
        if self._free == 0:
            raise OverloadedError
        self._free -= 1
        try:
            yield
        finally:
            self._free += 1


async def in_thread(work: Callable[Given, Found], *given: Given.args, **named: Given.kwargs) -> Found:
    """Do work that takes CPU in a thread, and return what it returns.

    A thread can't be stopped: a caller that is cancelled leaves when the work is done, and keeps its place until then.
    """
    loop = asyncio.get_running_loop()
    running = loop.run_in_executor(None, partial(copy_context().run, work, *given, **named))
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        await asyncio.wait([running])
        raise
