"""A lake table takes each offset once, whoever writes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pytest

from assay.lake import (
    ConflictError,
    LakeTable,
    Partition,
    PositionError,
    SchemaError,
    Span,
    StorageError,
    TableAbsentError,
    arrow_schema,
)

P0 = Partition("flights.validated", 0, "life-1")
P1 = Partition("flights.validated", 1, "life-1")
SCHEMA = arrow_schema([("carrier", "string"), ("_offset", "int64")])


def batch(start: int, stop: int) -> pa.Table:
    return pa.table({"carrier": ["UA"] * (stop - start), "_offset": list(range(start, stop))}, schema=SCHEMA)


def offsets(table: LakeTable) -> list[int]:
    return sorted(table.snapshot().dataset.to_table(columns=["_offset"])["_offset"].to_pylist())


@pytest.fixture
def table(tmp_path: Path) -> LakeTable:
    table = LakeTable(str(tmp_path / "flights"))
    table.ensure(SCHEMA)
    return table


def test_append_moves_the_position_with_the_rows(table: LakeTable) -> None:
    table.append(batch(0, 3), {P0: Span(0, 4)})
    assert table.positions([P0, P1]) == {P0: 4, P1: None}
    assert offsets(table) == [0, 1, 2]


def test_a_table_that_is_not_there_has_no_position(tmp_path: Path) -> None:
    table = LakeTable(str(tmp_path / "none"))
    assert table.positions([P0]) == {P0: None}
    assert not table.exists


def test_one_commit_carries_several_partitions(table: LakeTable) -> None:
    before = table.snapshot().version
    after = table.append(batch(0, 2), {P0: Span(0, 1), P1: Span(7, 9)})
    assert after == before + 1
    assert table.positions([P0, P1]) == {P0: 1, P1: 9}


def test_a_batch_that_starts_elsewhere_is_refused_whole(table: LakeTable) -> None:
    table.append(batch(0, 3), {P0: Span(0, 3)})
    with pytest.raises(PositionError) as refused:
        table.append(batch(0, 3), {P1: Span(0, 3), P0: Span(0, 3)})
    assert (refused.value.partition, refused.value.stored, refused.value.start) == (P0, 3, 0)
    assert table.positions([P1]) == {P1: None}
    assert offsets(table) == [0, 1, 2]


@pytest.mark.parametrize("start", [0, 3])
def test_a_writer_that_slept_between_look_and_commit_is_refused(
    table: LakeTable, monkeypatch: pytest.MonkeyPatch, start: int
) -> None:
    if start:
        table.append(batch(0, start), {P0: Span(0, start)})
    zombie = LakeTable(table.uri)
    looked = zombie._handle()
    monkeypatch.setattr(zombie, "_handle", lambda: looked)
    table.append(batch(start, 6), {P0: Span(start, 6)})
    with pytest.raises(ConflictError):
        zombie.append(batch(start, 5), {P0: Span(start, 5)})
    assert offsets(table) == list(range(6))


def test_a_slow_writer_of_another_partition_gets_through(table: LakeTable, monkeypatch: pytest.MonkeyPatch) -> None:
    slow = LakeTable(table.uri)
    looked = slow._handle()
    monkeypatch.setattr(slow, "_handle", lambda: looked)
    table.append(batch(0, 3), {P0: Span(0, 3)})
    slow.append(batch(3, 5), {P1: Span(0, 2)})
    assert table.positions([P0, P1]) == {P0: 3, P1: 2}


def test_a_new_incarnation_of_a_topic_starts_afresh(table: LakeTable) -> None:
    table.append(batch(0, 3), {P0: Span(0, 3)})
    reborn = Partition(P0.topic, P0.number, "life-2")
    table.append(batch(0, 1), {reborn: Span(0, 1)})
    assert table.positions([P0, reborn]) == {P0: 3, reborn: 1}


def test_position_and_rows_survive_compaction_checkpoint_and_vacuum(table: LakeTable) -> None:
    for start in range(8):
        table.append(batch(start, start + 1), {P0: Span(start, start + 1)})
    assert table.compact() == 8
    table._handle().create_checkpoint()
    assert table.vacuum(timedelta(0)) == 8
    assert len(table.snapshot().files) == 1
    assert table.positions([P0]) == {P0: 8}
    assert offsets(table) == list(range(8))


def test_a_file_of_an_unfinished_commit_is_not_read(table: LakeTable) -> None:
    table.append(batch(0, 2), {P0: Span(0, 2)})
    written = Path(table.uri) / "part-orphan.parquet"
    written.write_bytes(next(Path(table.uri).glob("part-*.parquet")).read_bytes())
    assert offsets(table) == [0, 1]


def test_a_snapshot_does_not_see_later_commits(table: LakeTable) -> None:
    table.append(batch(0, 2), {P0: Span(0, 2)})
    snapshot = table.snapshot()
    table.append(batch(2, 4), {P0: Span(2, 4)})
    assert snapshot.dataset.count_rows() == 2


def test_a_newer_contract_adds_a_column_and_an_older_writer_goes_on(table: LakeTable) -> None:
    table.append(batch(0, 1), {P0: Span(0, 1)})
    wider = arrow_schema([("carrier", "string"), ("_offset", "int64"), ("gate", "string")])
    table.ensure(wider)
    row = pa.table({"carrier": ["UA"], "_offset": [1], "gate": ["B3"]}, schema=wider)
    table.append(row, {P0: Span(1, 2)})
    table.append(batch(2, 3), {P0: Span(2, 3)})
    rows = table.snapshot().dataset.to_table().sort_by("_offset")
    assert rows["gate"].to_pylist() == [None, "B3", None]
    assert table.positions([P0]) == {P0: 3}


def test_ensuring_the_same_columns_again_makes_no_version(table: LakeTable) -> None:
    before = table.snapshot().version
    table.ensure(SCHEMA)
    assert table.snapshot().version == before


def test_a_column_cannot_change_its_type(table: LakeTable) -> None:
    with pytest.raises(SchemaError, match=r"'carrier'.* cannot become int64") as refused:
        table.ensure(arrow_schema([("carrier", "int64")]))
    assert refused.value.column == "carrier"


def test_a_column_the_table_lacks_is_refused_at_append(table: LakeTable) -> None:
    with pytest.raises(SchemaError, match="'gate' is not in the table"):
        table.append(pa.table({"gate": ["B3"]}), {P0: Span(0, 1)})


def test_columns_that_differ_only_in_case_are_refused() -> None:
    with pytest.raises(SchemaError, match="there twice"):
        arrow_schema([("Gate", "string"), ("gate", "string")])


def test_an_unknown_type_is_refused() -> None:
    with pytest.raises(SchemaError, match="unknown type 'blob'"):
        arrow_schema([("gate", "blob")])


def _race(uri: str, rounds: int) -> None:
    table = LakeTable(uri)
    table.ensure(SCHEMA)
    for _ in range(rounds):
        start = table.positions([P0])[P0] or 0
        try:
            table.append(batch(start, start + 2), {P0: Span(start, start + 2)})
        except (PositionError, ConflictError):
            continue


def test_racing_writers_write_each_offset_once(tmp_path: Path) -> None:
    uri = str(tmp_path / "raced")
    with ThreadPoolExecutor(3) as writers:
        list(writers.map(_race, [uri] * 3, [10] * 3))
    table = LakeTable(uri)
    assert offsets(table) == list(range(table.positions([P0])[P0] or 0))
    assert len(offsets(table)) >= 20


def test_a_table_that_is_not_there_has_no_snapshot(tmp_path: Path) -> None:
    with pytest.raises(TableAbsentError, match="there is no lake table"):
        LakeTable(str(tmp_path / "none")).snapshot()


def test_a_broken_log_is_said_in_our_words(table: LakeTable) -> None:
    (Path(table.uri) / "_delta_log" / "00000000000000000001.json").write_text("{not json")
    with pytest.raises(StorageError):
        table.snapshot()
