"""The snapshot is the catalog on disk."""

from __future__ import annotations

from pathlib import Path

import pytest

from assay.client.shelf import Place, Published, Shelf
from assay.client.snapshot import read_snapshot, write_snapshot

SHELF = Shelf({"orders": Published(3, "orders", "1.0.0", "id: órders\n".encode(), 7)}, Place("a", 3))


def test_snapshot_comes_back_as_it_was_written(tmp_path: Path) -> None:
    write_snapshot(tmp_path / "folder" / "snapshot.json", SHELF)

    assert read_snapshot(tmp_path / "folder" / "snapshot.json") == SHELF


def test_write_leaves_one_file(tmp_path: Path) -> None:
    write_snapshot(tmp_path / "snapshot.json", SHELF)
    write_snapshot(tmp_path / "snapshot.json", SHELF)

    assert [path.name for path in tmp_path.iterdir()] == ["snapshot.json"]


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "{}", '{"format": 2}', '{"format": 1, "contracts": [{}]}', '{"format": 1, "contracts": 7}']
)
def test_file_that_is_no_snapshot_is_as_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "snapshot.json").write_text(text)

    assert read_snapshot(tmp_path / "snapshot.json") is None


def test_absent_file_is_no_snapshot(tmp_path: Path) -> None:
    assert read_snapshot(tmp_path / "none.json") is None
