"""The development broker: installed by pip alone, with limits that it states."""

from __future__ import annotations

import contextlib
import importlib.util
import sys
from collections.abc import AsyncIterator
from pathlib import Path

from assay.testkit.brokers.broker import Broker, launched
from assay.testkit.errors import BrokerUnavailableError
from assay.testkit.processes import Child

__all__ = ["BANNER", "DATA_BUDGET_BYTES", "embedded_broker"]

DATA_BUDGET_BYTES = 200_000_000
"""Over all topics. It keeps everything in memory and rewrites one JSON file of four times the size."""

BANNER = """\
This is the development broker (noida-db), not Apache Kafka. What it does not promise:
  - records acknowledged in the last seconds may vanish when it is killed hard;
  - a group member that dies is never evicted: consumers need a group_instance_id;
  - a topic that is asked for is made, and bounds of timestamps are not kept;
  - all records stay in memory: keep all topics together under 200 MB."""


@contextlib.asynccontextmanager
async def embedded_broker(data: Path) -> AsyncIterator[Broker]:
    """The development broker on a free port, with its data in the folder.

    Raises:
        BrokerUnavailableError: it is not installed.
        ChildDiedError, NotReadyError: it did not start.
    """
    program = _program()

    async def recipe(port: int, _: int) -> Child:
        command = [str(program), "start", "--only", "kafka", "--kafka-port", str(port), "--data-dir", str(data)]
        return Child("the development broker", command, log=data / "broker.log")

    async with launched("embedded", recipe, data_budget_bytes=DATA_BUDGET_BYTES) as broker:
        yield broker


def _program() -> Path:
    package = importlib.util.find_spec("noida_db")
    if package is None or package.origin is None:
        raise BrokerUnavailableError(
            "development", "it is not installed; `pip install 'assay-cli[embedded]'` brings it"
        )
    program = Path(package.origin).with_name("noida-db.exe" if sys.platform == "win32" else "noida-db")
    if not program.stat().st_mode & 0o100:
        program.chmod(0o755)  # the wheel may lose the mark on its way
    return program
