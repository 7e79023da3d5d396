"""A backup is the whole store as of one moment; it is restored whole, into an empty store, or not at all."""

from __future__ import annotations

import gzip
import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.registry.audit import Actor
from assay.registry.errors import BackupDamagedError, StoreNotEmptyError
from assay.registry.store import ContractStore
from assay.registry.version import PublishedVersion

ANA = Actor("ana", "moving")


class At:
    """A clock that stands still."""

    def now_ms(self) -> int:
        return 1_700_000_000_000


def store(folder: Path, name: str = "contracts") -> ContractStore:
    return ContractStore(f"sqlite:///{folder}/{name}.db", At())


async def backup(contracts: ContractStore) -> bytes:
    file = io.BytesIO()
    await contracts.backup(file)
    return file.getvalue()


async def filled(folder: Path) -> tuple[bytes, list[PublishedVersion]]:
    """The backup of a store with a retired and a deprecated version, and what it has."""
    async with store(folder, "filled") as contracts:
        for contract, version, text in (("orders", "1.0.0", b"a\xff"), ("planes", "1.0.0", "ü\n".encode())):
            await contracts.publish(contract, version, text, ANA)
        await contracts.publish("orders", "2.0.0", b"b")
        await contracts.retire("orders", "1.0.0")
        return await backup(contracts), await contracts.since(0)


async def test_restored_store_has_all_of_it_with_its_ids(tmp_path: Path) -> None:
    copy, versions = await filled(tmp_path)
    async with store(tmp_path) as empty:
        await empty.restore(io.BytesIO(copy), 0, ANA)

        assert await empty.since(0) == versions
        assert (await empty.publish("bills", "1.0.0", b"c"))[0].id == 4


async def test_restored_store_leaves_out_the_ids_that_may_be_in_use(tmp_path: Path) -> None:
    copy, _ = await filled(tmp_path)
    async with store(tmp_path) as empty:
        restored = await empty.restore(io.BytesIO(copy), 100, ANA)

        assert restored.next_id == (await empty.publish("bills", "1.0.0", b"c"))[0].id == 104


async def test_restored_store_is_a_history_of_its_own_that_goes_on_counting(tmp_path: Path) -> None:
    copy, versions = await filled(tmp_path)
    async with store(tmp_path, "filled") as before, store(tmp_path) as empty:
        await empty.restore(io.BytesIO(copy), 0, ANA)
        old, new = await before.history(), await empty.history()

    assert new.epoch != old.epoch
    assert new.revision == old.revision == max(version.revision for version in versions)


async def test_restore_is_on_record_after_the_entries_of_before(tmp_path: Path) -> None:
    copy, _ = await filled(tmp_path)
    async with store(tmp_path) as empty:
        await empty.restore(io.BytesIO(copy), 5, ANA)
        newest, *before = await empty.audit(0, 10)

    assert (newest.number, newest.action, newest.actor, newest.detail["skipped_ids"]) == (
        5,
        "store.restored",
        "ana",
        "5",
    )
    assert [entry.number for entry in before] == [4, 3, 2, 1]


async def test_store_that_has_anything_is_left_as_it_is(tmp_path: Path) -> None:
    copy, _ = await filled(tmp_path)
    async with store(tmp_path) as contracts:
        await contracts.publish("orders", "1.0.0", b"mine")
        with pytest.raises(StoreNotEmptyError, match="not empty"):
            await contracts.restore(io.BytesIO(copy), 0, ANA)

        assert (await contracts.get("orders")).text == b"mine"


async def test_same_store_makes_the_same_backup(tmp_path: Path) -> None:
    await filled(tmp_path)
    async with store(tmp_path, "filled") as contracts:
        assert await backup(contracts) == await backup(contracts)


async def test_backup_of_another_release_is_refused_and_the_way_out_named(tmp_path: Path) -> None:
    copy, _ = await filled(tmp_path)
    lines = gzip.decompress(copy).replace(b'"step":"', b'"step":"9', 1)
    async with store(tmp_path) as empty:
        with pytest.raises(BackupDamagedError, match="restore it with the release that made it"):
            await empty.restore(io.BytesIO(gzip.compress(lines)), 0, ANA)


async def test_backup_with_a_row_changed_is_refused_and_nothing_is_restored(tmp_path: Path) -> None:
    copy, _ = await filled(tmp_path)
    lines = gzip.decompress(copy).replace(b'"planes"', b'"trains"')
    async with store(tmp_path) as empty:
        with pytest.raises(BackupDamagedError, match="not whole, or was changed"):
            await empty.restore(io.BytesIO(gzip.compress(lines)), 0, ANA)

        assert await empty.since(0) == []


@settings(max_examples=40, deadline=None)
@given(
    share=st.floats(0, 1, exclude_max=True),
    damage=st.sampled_from(["cut", "changed", "doubled"]),
    bits=st.integers(1, 255),
)
async def test_damaged_backup_is_never_restored(
    tmp_path_factory: pytest.TempPathFactory, share: float, damage: str, bits: int
) -> None:
    folder = tmp_path_factory.mktemp("damaged")
    copy, _ = await filled(folder)
    place = 10 + int(share * (len(copy) - 10))  # beyond the head of gzip, whose bytes say nothing of the rows
    changed = copy[:place] + bytes([copy[place] ^ bits]) + copy[place + 1 :]
    damaged = {"cut": copy[:place], "changed": changed, "doubled": copy + copy}[damage]
    async with store(folder) as empty:
        with pytest.raises(BackupDamagedError):
            await empty.restore(io.BytesIO(damaged), 0, ANA)

        assert await empty.since(0) == []


@pytest.mark.parametrize(
    "what",
    [
        b"",
        b"not a backup",
        gzip.compress(b"{}\n", mtime=0),
        gzip.compress(b"[]\n[]\n", mtime=0),
        gzip.compress(b"[" * 100_000 + b"\n", mtime=0),
    ],
)
async def test_what_is_no_backup_is_refused(tmp_path: Path, what: bytes) -> None:
    async with store(tmp_path) as empty:
        with pytest.raises(BackupDamagedError):
            await empty.restore(io.BytesIO(what), 0, ANA)
