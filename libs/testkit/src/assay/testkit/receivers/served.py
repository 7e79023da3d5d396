"""A child process that serves HTTP on a port of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

from assay.testkit.processes import Child

__all__ = ["Served"]

_READY_S = 60.0


class Served(Child):
    """It is ready when it answers `/-/ready`, as the programs of Prometheus do."""

    def __init__(self, name: str, command: Sequence[str], port: int, log: Path) -> None:
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        super().__init__(name, command, log=log)

    async def ready(self) -> None:
        """Wait until it answers; raises as `ready_when` does."""
        await self.ready_when(self._answers, _READY_S)

    async def _answers(self) -> bool:
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        except OSError:
            return False
        try:
            writer.write(b"GET /-/ready HTTP/1.0\r\n\r\n")
            return b" 200 " in await reader.readline()
        except OSError:
            return False
        finally:
            writer.close()
