from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from assay.api.drift.v1.window_pb2 import Window
from assay.drift.export.reading import JudgedReader
from assay.drift.windows.tables import SCHEMA, WATCHED, WINDOWS
from assay.runtime.database import Database
from tests.unit.drift.live.samples import window


def put(transaction: sa.Connection, turn: int, found: Window) -> None:
    transaction.execute(
        WINDOWS.insert().values(
            model=found.model, version=found.model_version, segment=found.segment, start_ms=found.start_ms,
            end_ms=found.end_ms, number=found.number, revision=found.revision, turn=turn,
            window=found.SerializeToString(), state=b"",
        )
    )  # fmt: skip


def some(transaction: sa.Connection) -> None:
    transaction.execute(WATCHED.insert().values(model="delays", known_ms=7, turns=3))
    for turn, found in (
        (1, window(0)), (1, window(0, version="2")), (2, window(1)), (3, window(2)), (1, window(0, "fares")),
    ):  # fmt: skip
        put(transaction, turn, found)


async def test_windows_that_were_judged_together_are_read_together(tmp_path: Path) -> None:
    async with Database(f"sqlite:///{tmp_path}/drift.db", "STORE", SCHEMA) as database:
        await database.run(some)
        reader = JudgedReader(database)
        assert await reader.models() == {"delays": "delays/7"}
        assert await reader.after("delays", 0, 1) == ([window(0), window(0, version="2")], 1)
        assert await reader.after("delays", 1, 1) == ([window(1)], 2)
        assert await reader.after("delays", 1, 10) == ([window(1), window(2)], 3)
        assert await reader.after("delays", 3, 10) == ([], 3)
