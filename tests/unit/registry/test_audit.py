"""Every change leaves an entry in its own transaction."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest
import sqlalchemy as sa

from assay.registry.audit import Actor, Entry, entries, note
from assay.registry.errors import VersionTakenError
from assay.registry.store import ContractStore

ANA = Actor("ana", "the shop asks for it", "0123abc")


class At:
    """A clock that stands still."""

    def now_ms(self) -> int:
        return 1_700_000_000_000


def store(folder: Path) -> ContractStore:
    return ContractStore(f"sqlite:///{folder}/contracts.db", At())


async def told(contracts: ContractStore, before: int = 0, limit: int = 100, target: str = "") -> list[Entry]:
    return list(await contracts._database.run(lambda transaction: entries(transaction, before, limit, target)))


async def test_publication_and_retirement_say_who_what_when_and_why(tmp_path: Path) -> None:
    async with store(tmp_path) as contracts:
        await contracts.publish("orders", "1.0.0", b"a", ANA)
        await contracts.publish("orders", "1.1.0", b"b", ANA)
        await contracts.retire("orders", "1.0.0", Actor("ben"))
        retired, _, published = await told(contracts)

    assert published == Entry(
        1, 1_700_000_000_000, "ana", "the shop asks for it", "contract.published", "orders",
        {"commit": "0123abc", "id": "1", "version": "1.0.0"},
    )  # fmt: skip
    assert (retired.number, retired.actor, retired.action) == (3, "ben", "contract.retired")


async def test_what_changes_nothing_leaves_no_entry(tmp_path: Path) -> None:
    async with store(tmp_path) as contracts:
        await contracts.publish("orders", "1.0.0", b"a", ANA)
        await contracts.publish("orders", "1.0.0", b"a", ANA)
        with pytest.raises(VersionTakenError):
            await contracts.publish("orders", "1.0.0", b"other", ANA)

        assert [entry.number for entry in await told(contracts)] == [1]


async def test_entry_goes_with_its_change(tmp_path: Path) -> None:
    def changed_and_failed(transaction: sa.Connection) -> None:
        note(transaction, 1, ANA, "mode.set", "orders-value")
        raise LookupError

    async with store(tmp_path) as contracts:
        with pytest.raises(LookupError):
            await contracts._database.run(changed_and_failed)
        await contracts.publish("orders", "1.0.0", b"a", ANA)

        assert [(entry.number, entry.action) for entry in await told(contracts)] == [(1, "contract.published")]


async def test_entries_come_newest_first_in_pages_and_by_target(tmp_path: Path) -> None:
    async with store(tmp_path) as contracts:
        for number in range(6):
            await contracts.publish(f"c{number % 2}", f"1.{number}.0", b"a", ANA)

        assert [one.number for one in await told(contracts, limit=4)] == [6, 5, 4, 3]
        assert [one.number for one in await told(contracts, before=3, limit=4)] == [2, 1]
        assert [one.number for one in await told(contracts, target="c1")] == [6, 4, 2]


async def test_texts_of_any_length_and_kind_are_kept_cut(tmp_path: Path) -> None:
    actor = Actor("a\0na" * 100, "\ud800" + "because " * 1000)
    async with store(tmp_path) as contracts:
        await contracts._database.run(partial(_noted, actor))
        (entry,) = await told(contracts)

    assert (len(entry.actor), len(entry.reason), entry.reason[-1]) == (255, 2_000, "…")


def _noted(actor: Actor, transaction: sa.Connection) -> None:
    note(transaction, 1, actor, "mode.set", "x" * 5_000, {"mode": "READONLY"})
