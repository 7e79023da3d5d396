"""Waiting for something to become true, with an end."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

__all__ = ["eventually"]

T = TypeVar("T")

_POLL_S = 0.05


async def eventually(ask: Callable[[], Awaitable[T]], within_s: float = 20.0) -> T:
    """Ask until the answer is truthy, and return it.

    Raises:
        TimeoutError: it was not within `within_s`; the message has the last answer.
    """
    answer: T | None = None
    try:
        async with asyncio.timeout(within_s):
            while not (answer := await ask()):  # noqa: ASYNC110 -- what is asked about has no event to wait for
                await asyncio.sleep(_POLL_S)
    except TimeoutError as error:
        raise TimeoutError(f"still {answer!r} after {within_s:g} s") from error
    return answer
