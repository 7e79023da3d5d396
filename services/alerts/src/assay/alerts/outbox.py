"""Writes notices to the log and to a file that other programs follow, one JSON object a line."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Protocol

from assay.alerts.breaches import State
from assay.alerts.errors import OutboxError
from assay.alerts.messages import Notice
from assay.runtime import TransientError, failpoint
from assay.telemetry import get_logger, metrics

__all__ = ["Deliverer", "append"]

BATCH = 100
RETRY_S = 1.0
log = get_logger()


class Notices(Protocol):
    """Where notices wait."""

    async def undelivered(self, limit: int) -> list[Notice]: ...

    async def mark_delivered(self, keys: Sequence[str]) -> None: ...


class Deliverer:
    """Delivers every notice at least once, oldest first; each line carries its key, by which a reader drops repeats."""

    def __init__(self, store: Notices, path: Path) -> None:
        self._store = store
        self._path = path
        self._posted = asyncio.Event()

    def wake(self) -> None:
        """Say that a notice waits."""
        self._posted.set()

    async def run(self) -> None:
        """Deliver what waits and what comes, until cancelled; a store or a file that fails is tried again."""
        while True:
            self._posted.clear()
            try:
                while await self._deliver():
                    pass
            except TransientError as error:
                log.warning("notice.delayed", error=str(error))
                await asyncio.sleep(RETRY_S)
                continue
            await self._posted.wait()

    async def _deliver(self) -> bool:
        """Deliver one batch; say whether there was one."""
        waiting = await self._store.undelivered(BATCH)
        if not waiting:
            return False
        await asyncio.to_thread(append, self._path, waiting)
        failpoint("alerts.written")
        for notice in waiting:
            say = log.warning if notice.state == State.FIRING else log.info
            say("notice.delivered", key=notice.key, recipient=notice.recipient, text=notice.text)
            metrics.ALERTS_DELIVERED.labels(channel="file", state=notice.state).inc()
        await self._store.mark_delivered([notice.key for notice in waiting])
        return True


def append(path: Path, written: Sequence[Notice]) -> None:
    """Add a line for each notice and bring them to the disk; a line torn by an earlier crash is closed first.

    Raises:
        OutboxError: the file can't be written.
    """
    lines = "".join(f"{json.dumps(asdict(notice), ensure_ascii=False)}\n" for notice in written).encode()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a+b") as file:
            file.write(lines if _ends_a_line(path) else b"\n" + lines)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise OutboxError(str(path), error) from error


def _ends_a_line(path: Path) -> bool:
    with path.open("rb") as file:
        if not file.seek(0, os.SEEK_END):
            return True
        file.seek(-1, os.SEEK_END)
        return file.read() == b"\n"
