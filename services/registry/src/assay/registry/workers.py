"""Processes for work on schemas: the loop never waits for it, and what goes wrong in one goes wrong for one schema."""

from __future__ import annotations

import asyncio
import contextlib
import pickle
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable
from types import TracebackType
from typing import Protocol, Self, TypeVar, cast

from assay.registry.judge import LENGTH
from assay.registry.outcome import Outcome
from assay.registry.subjects.errors import SchemaInvalidError
from assay.telemetry import get_logger

__all__ = ["Workers", "Works"]

T = TypeVar("T")

LIGHT = 64 * 1024
WITHIN_S = 60.0
LONGEST_S = 20.0
LONGEST_START_S = 30.0
MEMORY_BYTES = 2**31
TRIES = 2
"""A process that somebody else killed is no fault of the schema that it had; two in a row are."""

log = get_logger()


class Works(Protocol):
    """Whoever does work on schemas somewhere else."""

    async def run(self, work: Callable[[], T], size: int) -> T:
        """Return what the work on so many characters returns, or raise what it raises."""


class Workers:
    """One process for work on few characters, one for work on many: what is small never waits for what is large.

    They are started when they are first needed, or by `warm`.
    """

    async def __aenter__(self) -> Self:
        self._light, self._heavy = _Worker(), _Worker()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for worker in (self._light, self._heavy):
            await worker.end()

    async def warm(self) -> None:
        """Start the process for small work, before there is any."""
        await self.run(_nothing, 0)

    async def run(self, work: Callable[[], T], size: int) -> T:
        """Return what the work on so many characters returns; it waits its turn, for a minute at most.

        The work and what it returns go through pickle.

        Raises:
            SchemaInvalidError: it ended its process, or took longer than any work may.
            TimeoutError: its turn did not come in time.
        """
        worker = self._light if size <= LIGHT else self._heavy
        async with asyncio.timeout(WITHIN_S), worker.turn:
            return cast("T", await worker.do(work))  # pickle keeps the type


class _Worker:
    """A process, and whose turn it is."""

    def __init__(self) -> None:
        self.turn = asyncio.Lock()
        self._process: Process | None = None

    async def do(self, work: Callable[[], object]) -> object:
        question = pickle.dumps(work)
        for _ in range(TRIES):
            try:
                async with asyncio.timeout(LONGEST_S):
                    return (await self._ask(question)).result()
            except (OSError, EOFError) as error:
                log.warning("judge.lost", error=repr(error))
            except TimeoutError:
                raise SchemaInvalidError(f"to work on it takes longer than {LONGEST_S:.0f} s") from None
        raise SchemaInvalidError("to work on it takes more memory than there is, or ends the process that does")

    async def _ask(self, question: bytes) -> Outcome:
        """Have the process do it; whoever goes away meanwhile takes the process along: its answer is no one's."""
        try:
            process = self._process or await self._start()
            assert process.stdin is not None
            process.stdin.write(LENGTH.pack(len(question)) + question)
            await process.stdin.drain()
            outcome = pickle.loads(await _frame(process))  # noqa: S301 -- our child wrote it
        except BaseException:
            await self.end()
            raise
        assert isinstance(outcome, Outcome)
        return outcome

    async def _start(self) -> Process:
        arguments = ("-m", "assay.registry.judge", str(2 * LONGEST_S), str(MEMORY_BYTES))
        self._process = process = await asyncio.create_subprocess_exec(
            sys.executable, *arguments, stdin=PIPE, stdout=PIPE
        )
        async with asyncio.timeout(LONGEST_START_S):
            await _frame(process)
        return process

    async def end(self) -> None:
        """Kill the process, if there is one."""
        process, self._process = self._process, None
        if process is not None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()


async def _frame(process: Process) -> bytes:
    """Read one answer.

    Raises:
        EOFError: the process has ended.
    """
    assert process.stdout is not None
    head = await process.stdout.readexactly(LENGTH.size)
    return await process.stdout.readexactly(*LENGTH.unpack(head))


def _nothing() -> None:
    return None
