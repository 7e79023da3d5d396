"""Child processes that can be waited for, stopped, killed, paused and started again."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from assay.testkit.errors import ChildDiedError, NotReadyError
from assay.testkit.lifeline import tied

__all__ = ["Child"]

_POLL_S = 0.02
_TAIL_BYTES = 8_192


class Child:
    """One program run as a child process, its output appended to a file; it dies with its parent.

    As an async context manager it starts on entry and stops on exit, and an end that nobody asked
    for raises ChildDiedError there unless the body has failed already.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        log: Path,
        env: Mapping[str, str] | None = None,
        grace_s: float = 10,
    ) -> None:
        self.name = name
        self.log = log
        self._command = list(command)
        self._env = dict(env or {})
        self._grace_s = grace_s
        self._process: subprocess.Popen[bytes] | None = None
        self._log_start = 0
        self._asked_to_end = False

    @property
    def pid(self) -> int:
        """Process id of the newest start."""
        return self._running().pid

    @property
    def exit_code(self) -> int | None:
        """Exit code, negative for a signal; None while it runs or before it starts."""
        return self._process.poll() if self._process else None

    @property
    def is_running(self) -> bool:
        """Whether the process lives, paused or not."""
        return self._process is not None and self._process.poll() is None

    @property
    def is_frozen(self) -> bool:
        """Whether it is stopped by a signal: state T of proc(5)."""
        return self.is_running and _state(self.pid) == "T"

    def start(self, env: Mapping[str, str] | None = None) -> None:
        """Start the process, with more environment for this start alone; does not wait for it to be ready."""
        if self.is_running:
            return
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self._asked_to_end = False
        with self.log.open("ab") as output:
            self._log_start = output.tell()
            self._process = subprocess.Popen(  # noqa: S603 -- the command is ours, no shell
                tied(self._command),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, **self._env, **(env or {})},
                process_group=0,  # Ctrl-C reaches the parent alone, which stops its children in order
            )

    async def stop(self) -> int | None:
        """Ask the process to end; after the grace kill it. Returns its exit code."""
        if not self.is_running:
            self._asked_to_end = True
            return self.exit_code
        self._asked_to_end = True
        self.resume()
        self._signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(self._grace_s):
                return await self.ended()
        except TimeoutError:
            return await self.kill()
        except asyncio.CancelledError:
            self._signal(signal.SIGKILL)
            raise

    async def kill(self) -> int | None:
        """End the process at once, without a chance to clean up. Returns its exit code."""
        self._asked_to_end = True
        self._signal(signal.SIGKILL)
        return await self.ended()

    def pause(self) -> None:
        """Freeze the process (SIGSTOP)."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Wake a frozen process (SIGCONT)."""
        self._signal(signal.SIGCONT)

    async def ended(self) -> int | None:
        """Wait until the process has ended; returns its exit code. Who waits for an end expects it."""
        self._asked_to_end = True
        while self.is_running:  # noqa: ASYNC110 -- a process that another thread may reap has no event
            await asyncio.sleep(_POLL_S)
        return self.exit_code

    async def ready_when(self, is_ready: Callable[[], Awaitable[bool]], within_s: float) -> None:
        """Wait until the answer is yes.

        Raises:
            ChildDiedError: the process ended first.
            NotReadyError: the answer was still no after `within_s`.
        """
        deadline = time.monotonic() + within_s
        while not await is_ready():
            self.check()
            if time.monotonic() > deadline:
                raise NotReadyError(self.name, within_s, self.tail())
            await asyncio.sleep(_POLL_S)

    async def freezes(self, within_s: float = 60) -> None:
        """Wait until a signal has stopped it; raises as `ready_when` does."""
        await self.ready_when(self._froze, within_s)

    async def says(self, words: str, *, times: int = 1, within_s: float = 60) -> None:
        """Wait until its log holds these words so many times; raises as `ready_when` does."""

        async def said() -> bool:
            return self.said(words) >= times

        await self.ready_when(said, within_s)

    def said(self, words: str) -> int:
        """How often its log holds these words, over all its starts."""
        return self.log.read_text(errors="replace").count(words) if self.log.exists() else 0

    def check(self) -> None:
        """Raise ChildDiedError if the process ended although nobody asked it to."""
        code = self.exit_code
        if code is not None and not self._asked_to_end:
            raise ChildDiedError(self.name, code, self.tail())

    def tail(self, lines: int = 20) -> str:
        """The last lines it wrote since its newest start."""
        if not self.log.exists():
            return ""
        with self.log.open("rb") as output:
            output.seek(max(self._log_start, self.log.stat().st_size - _TAIL_BYTES))
            text = output.read().decode(errors="replace")
        return "\n".join(text.splitlines()[-lines:])

    async def __aenter__(self) -> Self:
        self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if error is None:
                self.check()
        finally:
            await self.stop()

    async def _froze(self) -> bool:
        return self.is_frozen

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            raise ProcessLookupError(f"{self.name} was never started")
        return self._process

    def _signal(self, number: signal.Signals) -> None:
        if self.is_running:
            self._running().send_signal(number)


def _state(pid: int) -> str:
    """The state letter of a process, the first field after its name in parentheses."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
