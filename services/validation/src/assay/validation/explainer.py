"""The second tier: records that the first did not accept are explained in processes that can be killed."""

from __future__ import annotations

import asyncio
import contextlib
import struct
import sys
from asyncio.subprocess import PIPE, Process
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator, Sequence
from itertools import repeat
from types import TracebackType
from typing import NamedTuple

import msgspec

from assay.contracts import Contract, Reason, Verdict, Violation
from assay.contracts.judge import Judged
from assay.contracts.model import WireForm
from assay.runtime import StartError, TransientError
from assay.runtime.child import LENGTH
from assay.telemetry import get_logger
from assay.validation.worker import Request

__all__ = ["Explainer", "NoWorkerError"]

COMMAND = (sys.executable, "-m", "assay.validation.worker")
TRIES = 2
"""A worker that someone else killed or stopped is no fault of the record that it had; two in a row are."""
BUILD_S = 30.0
END_S = 5.0
REQUEST_RECORDS = 2_000
REQUEST_BYTES = 4 * 1024 * 1024


_Record = tuple[bytes | None, int | None]


class NoWorkerError(TransientError):
    """A process of the second tier could not be started; nothing was judged."""


class _Silence(Exception):  # noqa: N818 -- a signal between two methods, never seen outside
    """A worker gave no answer: what it was doing, and how that ended."""

    def __init__(self, found: str, was_built: bool) -> None:
        super().__init__(found)
        self.found = found
        self.was_built = was_built


class _Answer(NamedTuple):
    """A `Judged` as it comes over the pipe."""

    verdict: Verdict
    event_ms: int | None
    marks: str


class Explainer:
    """Explains records in at most `workers` processes, of which one contract takes at most all but one.

    A record has `budget_s` for its verdict, half of it for each of two tries: without one it gets the reason `engine`,
    and the records around it get their verdicts all the same. A process without work ends after `idle_s`.
    """

    def __init__(
        self,
        budget_s: float = 1.0,
        workers: int = 2,
        idle_s: float = 60.0,
        memory_bytes: int = 2**31,
        command: Sequence[str] = COMMAND,
    ) -> None:
        self._budget_s = budget_s
        life_s = 2 * budget_s
        self._command = (*command, str(idle_s), str(life_s), str(memory_bytes))
        self._free: list[Process] = []
        self._all: set[Process] = set()
        self._room = asyncio.Semaphore(workers)
        self._slots: dict[str, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(max(1, workers - 1)))
        self._decode = msgspec.msgpack.Decoder(list[_Answer]).decode

    async def __aenter__(self) -> Explainer:
        """Start the first process.

        Raises:
            StartError: processes can't be started here.
        """
        try:
            self._free.append(await self._start())
        except NoWorkerError as error:
            raise StartError(f"validation needs a process of its own to explain records: {error}") from error
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in tuple(self._all):
            await self._end(process)

    async def explain(
        self,
        contract: Contract,
        form: WireForm,
        values: Sequence[bytes | None],
        arrived_ms: Sequence[int] | None = None,
    ) -> list[Judged]:
        """What the judge of the contract says of each record, in order.

        Raises:
            NoWorkerError: a process could not be started.
        """
        arrivals = repeat(None, len(values)) if arrived_ms is None else arrived_ms
        judged: list[Judged] = []
        async with self._slots[contract.id]:
            for part in _parts(list(zip(values, arrivals, strict=True))):
                judged += await self._explain(contract, form, part)
        return judged

    async def _explain(self, contract: Contract, form: WireForm, records: list[_Record]) -> list[Judged]:
        judged: list[Judged] = []
        tries, at, was_silent = 0, 0, False
        while len(judged) < len(records):
            try:
                left = records[len(judged) :]
                await self._ask(contract, form, left, judged, is_retry=tries > 0, one_by_one=was_silent)
            except _Silence as silence:
                was_silent = True
                tries = tries + 1 if at == len(judged) else 1
                at = len(judged)
                get_logger().warning("explanation.failed", contract=contract.id, error=silence.found, tries=tries)
                if tries == TRIES:
                    lost = 1 if silence.was_built else len(records) - at
                    judged += [_no_verdict(silence.found, self._budget_s)] * lost
        return judged

    async def _ask(
        self,
        contract: Contract,
        form: WireForm,
        records: list[_Record],
        judged: list[Judged],
        *,
        is_retry: bool,
        one_by_one: bool,
    ) -> None:
        """Append the verdicts, as far as they come; a retry has a process of its own, which no one else has harmed."""
        async with self._worker(is_new=is_retry) as process:
            await self._ask_of(process, contract, form, records, judged, one_by_one=one_by_one)

    async def _ask_of(
        self,
        process: Process,
        contract: Contract,
        form: WireForm,
        records: list[_Record],
        judged: list[Judged],
        *,
        one_by_one: bool,
    ) -> None:
        values, arrivals = zip(*records, strict=True)
        await self._send(process, msgspec.msgpack.encode(Request(contract.text, form, values, arrivals, one_by_one)))
        wanted = len(judged) + len(records)
        while len(judged) < wanted:
            answers = self._decode(await self._answer(process, self._budget_s / TRIES, was_built=True))
            judged += [Judged(each.verdict, each.event_ms, int(each.marks, 16)) for each in answers]

    async def _send(self, process: Process, request: bytes) -> None:
        assert process.stdin is not None
        try:
            process.stdin.write(LENGTH.pack(len(request)) + request)
            async with asyncio.timeout(BUILD_S):
                await process.stdin.drain()
        except (OSError, TimeoutError) as error:
            raise _Silence("a process that takes no records", was_built=False) from error
        await self._answer(process, BUILD_S, was_built=False)

    async def _answer(self, process: Process, wait_s: float, was_built: bool) -> bytes:
        assert process.stdout is not None
        try:
            async with asyncio.timeout(wait_s):
                head = await process.stdout.readexactly(LENGTH.size)
                return await process.stdout.readexactly(*LENGTH.unpack(head))
        except TimeoutError as error:
            raise _Silence("no verdict in time" if was_built else "no judge in time", was_built) from error
        except (asyncio.IncompleteReadError, OSError, struct.error) as error:
            raise _Silence("a process that died", was_built) from error

    @contextlib.asynccontextmanager
    async def _worker(self, is_new: bool) -> AsyncIterator[Process]:
        """A process to ask; it is kept for the next one if all went well, else killed."""
        async with self._room:
            process = (None if is_new else await self._idle()) or await self._start()
            try:
                yield process
            except BaseException:
                await self._end(process)
                raise
            self._free.append(process)

    async def _idle(self) -> Process | None:
        """The process that was asked last, of those that still run."""
        while self._free:
            process = self._free.pop()
            if process.returncode is None:
                return process
            await self._end(process)
        return None

    async def _start(self) -> Process:
        try:
            process = await asyncio.create_subprocess_exec(*self._command, stdin=PIPE, stdout=PIPE)
        except OSError as error:
            raise NoWorkerError(str(error)) from error
        self._all.add(process)
        try:
            await self._answer(process, BUILD_S, was_built=False)
        except _Silence as silence:
            await self._end(process)
            raise NoWorkerError(f"{' '.join(self._command)}: {silence.found} ({process.returncode})") from silence
        except BaseException:
            await self._end(process)
            raise
        return process

    async def _end(self, process: Process) -> None:
        """Kill a process and wait until it is gone."""
        self._all.discard(process)
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        assert process.stdin is not None
        process.stdin.close()
        async with asyncio.timeout(END_S):
            await process.wait()


def _parts(records: list[_Record]) -> Iterator[list[_Record]]:
    """The records in requests of a bounded size, each of one record at least."""
    part: list[_Record] = []
    size_bytes = 0
    for record in records:
        size_bytes += len(record[0] or b"")
        if part and (size_bytes > REQUEST_BYTES or len(part) == REQUEST_RECORDS):
            yield part
            part, size_bytes = [], len(record[0] or b"")
        part.append(record)
    if part:
        yield part


def _no_verdict(found: str, budget_s: float) -> Judged:
    violation = Violation("", "engine", f"a verdict within {budget_s:g} s", found)
    return Judged(Verdict(Reason.ENGINE, (violation,)), None, 0)
