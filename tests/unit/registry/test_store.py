"""The store keeps every version, its id and its place in history."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
import sqlalchemy as sa

from assay.registry.errors import (
    ContractUnknownError,
    VersionInForceError,
    VersionTakenError,
    VersionUnknownError,
)
from assay.registry.store import ContractStore
from assay.runtime import StartError


class At:
    """A clock that stands still."""

    def now_ms(self) -> int:
        return 1_700_000_000_000


def store(folder: Path) -> ContractStore:
    return ContractStore(f"sqlite:///{folder}/contracts.db", At())


async def test_ids_and_revisions_grow_over_all_contracts(tmp_path: Path) -> None:
    async with store(tmp_path) as contracts:
        orders, _ = await contracts.publish("orders", "1.0.0", b"a")
        planes, _ = await contracts.publish("planes", "1.0.0", b"b")

    assert [(orders.id, orders.revision), (planes.id, planes.revision)] == [(1, 1), (2, 2)]


async def test_same_text_again_is_the_same_version_and_takes_no_id(tmp_path: Path) -> None:
    async with store(tmp_path) as contracts:
        first, created = await contracts.publish("orders", "1.0.0", b"a")
        again, created_again = await contracts.publish("orders", "1.0.0", b"a")
        after, _ = await contracts.publish("orders", "1.1.0", b"b")

    assert (created, created_again, again, after.id) == (True, False, first, 2)


async def test_refused_publication_leaves_no_trace(tmp_path: Path) -> None:
    async with store(tmp_path) as contracts:
        await contracts.publish("orders", "1.0.0", b"a")
        with pytest.raises(VersionTakenError):
            await contracts.publish("orders", "1.0.0", b"other")

        assert (await contracts.history()).revision == 1
        assert (await contracts.get("orders", "1.0.0")).text == b"a"


async def test_newest_is_answered_where_no_version_is_named(tmp_path: Path) -> None:
    async with store(tmp_path) as contracts:
        await contracts.publish("orders", "1.0.0", b"a")
        await contracts.publish("orders", "1.1.0", b"b")

        assert (await contracts.get("orders")).version == "1.1.0"


async def test_unknown_contract_and_unknown_version_are_told_apart(tmp_path: Path) -> None:
    async with store(tmp_path) as contracts:
        await contracts.publish("orders", "1.0.0", b"a")

        with pytest.raises(ContractUnknownError):
            await contracts.get("planes")
        with pytest.raises(VersionUnknownError):
            await contracts.get("orders", "9.0.0")


async def test_list_has_the_newest_of_each_by_contract(tmp_path: Path) -> None:
    async with store(tmp_path) as contracts:
        await contracts.publish("planes", "1.0.0", b"a")
        await contracts.publish("orders", "1.0.0", b"b")
        await contracts.publish("orders", "1.1.0", b"c")

        assert [(one.contract, one.version) for one in await contracts.newest()] == [
            ("orders", "1.1.0"),
            ("planes", "1.0.0"),
        ]


async def test_retired_version_takes_the_next_revision_and_no_id(tmp_path: Path) -> None:
    async with store(tmp_path) as contracts:
        first, _ = await contracts.publish("orders", "1.0.0", b"a")
        await contracts.publish("orders", "1.1.0", b"b")
        retired, changed = await contracts.retire("orders", "1.0.0")
        after, _ = await contracts.publish("orders", "1.2.0", b"c")

        assert (retired.id, retired.retired, retired.revision, changed) == (first.id, True, 3, True)
        assert (after.id, after.revision) == (3, 4)
        assert await contracts.get("orders", "1.0.0") == retired


async def test_version_retired_again_changes_nothing(tmp_path: Path) -> None:
    async with store(tmp_path) as contracts:
        await contracts.publish("orders", "1.0.0", b"a")
        await contracts.publish("orders", "1.1.0", b"b")
        retired, _ = await contracts.retire("orders", "1.0.0")

        assert await contracts.retire("orders", "1.0.0") == (retired, False)
        assert (await contracts.history()).revision == 3


async def test_newest_version_cannot_be_retired_and_stays_the_newest_when_others_are(tmp_path: Path) -> None:
    async with store(tmp_path) as contracts:
        await contracts.publish("orders", "1.0.0", b"a")
        await contracts.publish("orders", "1.1.0", b"b")
        await contracts.retire("orders", "1.0.0")

        assert (await contracts.get("orders")).version == "1.1.0"
        with pytest.raises(VersionInForceError):
            await contracts.retire("orders", "1.1.0")
        assert (await contracts.history()).revision == 3


async def test_only_what_is_there_can_be_retired(tmp_path: Path) -> None:
    async with store(tmp_path) as contracts:
        await contracts.publish("orders", "1.0.0", b"a")

        with pytest.raises(ContractUnknownError):
            await contracts.retire("planes", "1.0.0")
        with pytest.raises(VersionUnknownError):
            await contracts.retire("orders", "9.0.0")


async def test_reopened_store_is_the_same_history_and_goes_on_counting(tmp_path: Path) -> None:
    async with store(tmp_path) as contracts:
        first, _ = await contracts.publish("orders", "1.0.0", b"a")
        before = await contracts.history()
    async with store(tmp_path) as contracts:
        assert await contracts.history() == before
        assert await contracts.get("orders") == first
        assert (await contracts.publish("planes", "1.0.0", b"b"))[0].id == 2


async def test_another_store_is_another_history(tmp_path: Path) -> None:
    async with store(tmp_path / "one") as one, store(tmp_path / "two") as two:
        assert (await one.history()).epoch != (await two.history()).epoch


async def test_publishers_at_the_same_time_get_a_revision_each(tmp_path: Path) -> None:
    async with store(tmp_path) as contracts, asyncio.TaskGroup() as group:
        tasks = [group.create_task(contracts.publish(f"c{number}", "1.0.0", b"a")) for number in range(12)]

    assert sorted(task.result()[0].revision for task in tasks) == list(range(1, 13))


async def test_two_processes_on_one_store_never_give_an_id_twice(tmp_path: Path) -> None:
    async with store(tmp_path) as one, store(tmp_path) as two, asyncio.TaskGroup() as group:
        tasks = [
            group.create_task(each.publish(f"c{n}{m}", "1.0.0", b"a"))
            for n, each in enumerate((one, two))
            for m in range(6)
        ]

    assert len({task.result()[0].id for task in tasks}) == 12


async def test_commits_reach_the_disk_before_the_answer(tmp_path: Path) -> None:
    def pragmas(connection: sa.Connection) -> list[object]:
        return [connection.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in ("journal_mode", "synchronous")]

    async with store(tmp_path) as contracts:
        assert await contracts._database.run(pragmas) == ["wal", 2]


async def test_store_that_cannot_be_opened_is_a_start_error_that_names_it(tmp_path: Path) -> None:
    (tmp_path / "contracts.db").mkdir()

    with pytest.raises(StartError, match=r"contracts\.db.*ASSAY_REGISTRY_STORE"):
        await store(tmp_path).__aenter__()


@pytest.mark.parametrize("url", ["nonsense", "mysql://host/db"])
def test_url_that_is_no_store_is_a_start_error(url: str) -> None:
    with pytest.raises(StartError, match="sqlite:///path"):
        ContractStore(url, At())


async def test_publication_whose_caller_leaves_is_finished(tmp_path: Path) -> None:
    async with store(tmp_path) as contracts, asyncio.timeout(5):
        caller = asyncio.ensure_future(contracts.publish("orders", "1.0.0", b"a"))
        await asyncio.sleep(0)
        caller.cancel()
        again, _ = await contracts.publish("orders", "1.0.0", b"a")

        assert (again.id, (await contracts.history()).revision) == (1, 1)
