"""An index that is dropped and folded anew from the topics says what one says that was never dropped."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import astuple, dataclass
from pathlib import Path

import sqlalchemy as sa

from assay.api.recovery.v1 import run_pb2 as pb
from assay.recovery.run import RunState
from assay.recovery.store import Failures, IndexFold, Known, Runs, prepare
from assay.recovery.store.tables import SETTLED
from assay.runtime import SystemClock
from assay.runtime.database import Database
from assay.streaming.keys import KeyFile
from assay.streaming.ledger import Ledger
from assay.testkit import Broker, eventually, running
from tests.integration.recovery.stage import Stage, dead, flows, stage

LETTERS = 300


@dataclass(frozen=True, slots=True)
class Said:
    """Everything that an index says of one contract."""

    failures: object
    runs: object
    settled: object
    is_over: bool


@asynccontextmanager
async def index(here: Stage, name: str, path: Path) -> AsyncIterator[Database]:
    """An index beside the service, with a ledger and a store of its own."""
    fold = IndexFold(SystemClock())
    fold.seat(here.contract)
    url = f"sqlite:///{path}"
    async with (
        Database(url, "STORE", prepare) as database,
        Ledger(here.broker.bootstrap, f"{here.contract.id}.{name}", database, fold, member=name) as ledger,
    ):
        ledger.subscribe(fold.topics)
        yield database


async def said(database: Database, here: Stage) -> Said:
    failures, known = Failures(database, Known()), here.contract.id
    listed, _ = await failures.list(known)
    whole = [each for one in listed if (each := await failures.one(one.fingerprint))]
    runs = await Runs(database).list(known)
    query = sa.select(SETTLED).order_by(SETTLED.c.partition, SETTLED.c.block)
    settled = await database.run(lambda transaction: [tuple(row) for row in transaction.execute(query)])
    is_over = (
        sum(each.dead_letters for each in listed) == LETTERS
        and not any(each.open or each.awaiting for each in listed)
        and [each.run.state for each in runs] == [RunState.DONE]
    )
    return Said([*map(astuple, whole)], [*map(astuple, runs)], settled, is_over)


async def test_an_index_that_was_dropped_half_way_says_what_one_says_that_never_was(
    durable_broker: Broker, unique: Callable[[str], str], tmp_path: Path
) -> None:
    keys = tmp_path / "keys.json"
    KeyFile.create(keys)
    async with (
        stage(durable_broker, unique("indexed"), tmp_path, flows()) as here,
        running(
            "validation", data=tmp_path, broker=durable_broker.bootstrap, registry=here.registry.address, keys=str(keys)
        ),
        here.recovery(),
        index(here, "kept", tmp_path / "kept.db") as kept,
    ):
        async with index(here, "dropped", tmp_path / "dropped.db") as dropped:
            await here.die([dead(here.contract, n, "many" if n % 3 else f"{n}") for n in range(LETTERS // 2)])
            await eventually(lambda: _has_some(dropped), within_s=40)
        (tmp_path / "dropped.db").unlink()
        more = [dead(here.contract, n, f"{n}" if n % 2 else "many", producer="till") for n in range(LETTERS // 2)]
        await here.die(more)
        await here.ask("discarding", pb.RUN_KIND_DISCARD)
        async with index(here, "dropped", tmp_path / "dropped.db") as dropped:
            await eventually(lambda: _is_over(kept, here), within_s=60)
            await eventually(lambda: _is_over(dropped, here), within_s=30)
            assert await said(dropped, here) == await said(kept, here)
            became = await here.became()
            assert became.is_exact
            assert len(became.settlements) == LETTERS


async def _has_some(database: Database) -> bool:
    listed, _ = await Failures(database, Known()).list()
    return any(each.dead_letters for each in listed)


async def _is_over(database: Database, here: Stage) -> bool:
    return (await said(database, here)).is_over
