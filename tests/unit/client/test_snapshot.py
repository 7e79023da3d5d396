"""The snapshot is the catalog on disk."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from assay.client.shelf import Place, Shelf, Version
from assay.client.snapshot import read_snapshot, write_snapshot

FIRST = Version(1, "orders", "1.0.0", "id: órders\n".encode(), 7, retired=True)
SECOND = Version(3, "orders", "1.1.0", b"id: orders\n", 8)
SHELF = Shelf({"orders": {"1.0.0": FIRST, "1.1.0": SECOND}}, Place("a", 4))


def test_snapshot_comes_back_as_it_was_written(tmp_path: Path) -> None:
    write_snapshot(tmp_path / "folder" / "snapshot.json", SHELF)

    assert read_snapshot(tmp_path / "folder" / "snapshot.json") == SHELF


def test_write_leaves_one_file(tmp_path: Path) -> None:
    write_snapshot(tmp_path / "snapshot.json", SHELF)
    write_snapshot(tmp_path / "snapshot.json", SHELF)

    assert [path.name for path in tmp_path.iterdir()] == ["snapshot.json"]


def test_snapshot_of_the_newest_versions_alone_is_read_and_everything_asked_for(tmp_path: Path) -> None:
    one = {"id": 3, "contract": "orders", "version": "1.1.0", "text": "id: orders\n", "published_ms": 8}
    body = {"format": 1, "epoch": "a", "revision": 4, "contracts": [one]}
    (tmp_path / "snapshot.json").write_text(json.dumps(body))

    assert read_snapshot(tmp_path / "snapshot.json") == Shelf({"orders": {"1.1.0": SECOND}}, Place())


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "{}",
        '{"format": 2}',
        '{"format": 3, "epoch": "a", "revision": 1, "contracts": []}',
        '{"format": 1, "contracts": [{}]}',
        '{"format": 1, "contracts": 7}',
    ],
)
def test_file_that_is_no_snapshot_is_as_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "snapshot.json").write_text(text)

    assert read_snapshot(tmp_path / "snapshot.json") is None


def test_absent_file_is_no_snapshot(tmp_path: Path) -> None:
    assert read_snapshot(tmp_path / "none.json") is None
