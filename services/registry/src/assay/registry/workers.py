"""Processes for work on schemas: the loop never waits for it, and what goes wrong in one goes wrong for one schema."""

from __future__ import annotations

import asyncio
import contextlib
import pickle
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Protocol, Self, TypeVar, cast

from assay.registry.outcome import Outcome
from assay.registry.subjects.errors import BusyError, SchemaInvalidError
from assay.runtime.child import LENGTH
from assay.telemetry import get_logger

__all__ = ["Workers", "Works"]

T = TypeVar("T")

LIGHT = 64 * 1024
WAITING = 100
WAITING_SIZE = 128 * 1024 * 1024
"""What may wait for one process: pieces of work, and the characters that they hold in memory."""
TURN_S = 20.0
LONGEST_S = 20.0
LONGEST_START_S = 30.0
MEMORY_BYTES = 2**31
TRIES = 2
"""A process that somebody else killed is no fault of the schema that it had; two in a row are."""

log = get_logger()


class Works(Protocol):
    """Whoever does work on schemas somewhere else."""

    async def run(self, work: Callable[[], T], size: int) -> T:
        """Return what the work on so many characters returns, or raise what it raises; BusyError where it must not wait."""


class Workers:
    """One process for work on few characters, one for work on many: what is small never waits for what is large.

    They are started when they are first needed, or by `warm`. Who finds too much waiting is sent away at once.
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
        """Start the process for small work, before there is any; where that fails, the first work tries again."""
        try:
            await self.run(_nothing, 0)
        except (BusyError, SchemaInvalidError) as error:
            log.warning("judge.lost", error=repr(error))

    async def run(self, work: Callable[[], T], size: int) -> T:
        """Return what the work on so many characters returns, in its turn.

        The work and what it returns go through pickle.

        Raises:
            SchemaInvalidError: it ended its process, or took longer than any work may.
            BusyError: too much waits already, its turn did not come in time, or no process can be started.
        """
        worker = self._light if size <= LIGHT else self._heavy
        async with worker.turn(size):
            return cast("T", await worker.do(work))  # pickle keeps the type


class _Worker:
    """A process, whose turn it is, and who waits for it."""

    def __init__(self) -> None:
        self._turn = asyncio.Lock()
        self._waiting = 0
        self._waiting_size = 0
        self._process: Process | None = None

    @asynccontextmanager
    async def turn(self, size: int) -> AsyncIterator[None]:
        """Have the process to oneself. Only the wait is timed: what waited long is not cut short for it."""
        if self._waiting and (self._waiting >= WAITING or self._waiting_size + size > WAITING_SIZE):
            raise BusyError
        self._waiting, self._waiting_size = self._waiting + 1, self._waiting_size + size
        try:
            try:
                async with asyncio.timeout(TURN_S):
                    await self._turn.acquire()
            except TimeoutError as error:
                raise BusyError from error
            try:
                yield
            finally:
                self._turn.release()
        finally:
            self._waiting, self._waiting_size = self._waiting - 1, self._waiting_size - size

    async def do(self, work: Callable[[], object]) -> object:
        question = pickle.dumps(work)
        for _ in range(TRIES):
            process = self._process or await self._started()
            try:
                async with asyncio.timeout(LONGEST_S):
                    outcome = await self._ask(process, question)
            except TimeoutError:  # before OSError, of which it is one
                raise SchemaInvalidError(f"to work on it takes longer than {LONGEST_S:.0f} s") from None
            except (OSError, EOFError) as error:
                log.warning("judge.lost", error=repr(error))
            else:
                return outcome.result()
        raise SchemaInvalidError("to work on it takes more memory than there is, or ends the process that does")

    async def _ask(self, process: Process, question: bytes) -> Outcome:
        """Have the process do it; whoever goes away meanwhile takes the process along: its answer is no one's."""
        try:
            assert process.stdin is not None
            process.stdin.write(LENGTH.pack(len(question)) + question)
            await process.stdin.drain()
            outcome = pickle.loads(await _frame(process))  # noqa: S301 -- our child wrote it
        except BaseException:
            await self.end()
            raise
        assert isinstance(outcome, Outcome)
        return outcome

    async def _started(self) -> Process:
        """A new process, up: that it takes long is no fault of any schema.

        Raises:
            BusyError: it did not come up.
        """
        arguments = ("-m", "assay.registry.judge", str(2 * LONGEST_S), str(MEMORY_BYTES))
        try:
            self._process = process = await asyncio.create_subprocess_exec(
                sys.executable, *arguments, stdin=PIPE, stdout=PIPE
            )
            async with asyncio.timeout(LONGEST_START_S):
                await _frame(process)
        except (OSError, EOFError, TimeoutError) as error:
            await self.end()
            log.warning("judge.lost", error=repr(error))
            raise BusyError from error
        except BaseException:
            await self.end()
            raise
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
