"""A PostgreSQL of the tests obeys whatever its own processes do meanwhile."""

from __future__ import annotations

import asyncio
import sys

import pytest

from assay.testkit import postgres as testkit
from tests.integration.registry.postgres import postgres


async def test_a_process_that_ends_while_it_is_signalled_holds_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    gone = await asyncio.create_subprocess_exec(sys.executable, "-c", "")
    await gone.wait()
    living = testkit._children

    async with postgres() as server:
        monkeypatch.setattr(testkit, "_children", lambda pid: [gone.pid, *living(pid)])
        server.pause()
        await server.freezes()
        server.resume()
        await server.ready()
