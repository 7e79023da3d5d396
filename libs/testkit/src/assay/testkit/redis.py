"""A real Redis as a child process."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

from assay.testkit.ports import free_ports
from assay.testkit.processes import Child
from assay.testkit.receivers.debian import debian_program, libraries_of

__all__ = ["RedisServer", "open_redis"]

_NEEDS = ("redis-tools", "libatomic1", "libjemalloc2", "liblzf1")
_READY_S = 60.0


class RedisServer(Child):
    """A Redis on a port of 127.0.0.1 that keeps nothing over a restart."""

    def __init__(self, program: Path, folder: Path, port: int) -> None:
        self.port = port
        self.url = f"redis://127.0.0.1:{port}/0"
        options = {"port": port, "bind": "127.0.0.1", "dir": folder, "save": "", "appendonly": "no"}
        said = [word for name, value in options.items() for word in (f"--{name}", str(value))]
        libraries = libraries_of(program)
        env = {} if libraries is None else {"LD_LIBRARY_PATH": str(libraries)}
        super().__init__("redis", [str(program), *said], log=folder / "redis.log", env=env)

    async def ready(self) -> None:
        """Wait until it answers; raises as `ready_when` does."""
        await self.ready_when(self._answers, _READY_S)

    async def _answers(self) -> bool:
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        except OSError:
            return False
        try:
            writer.write(b"PING\r\n")
            return await reader.readline() == b"+PONG\r\n"
        except OSError:
            return False
        finally:
            writer.close()


@contextlib.asynccontextmanager
async def open_redis() -> AsyncIterator[RedisServer]:
    """A new, empty Redis, serving; stopped and removed on exit.

    Raises:
        ProgramUnavailableError: it can't be had here.
        ChildDiedError, NotReadyError: it did not start.
    """
    program = await debian_program("redis-server", "redis-server", _NEEDS)
    with tempfile.TemporaryDirectory(prefix="assay-redis-") as folder:
        (port,) = free_ports(1)
        async with RedisServer(program, Path(folder), port) as server:
            await server.ready()
            yield server
