from __future__ import annotations

import json

from assay.examples.flights import ChangeCounts, plane_changes


def test_the_snapshot_is_the_table_and_the_changes_are_few() -> None:
    assert ChangeCounts.of(plane_changes()) == ChangeCounts(reads=3_322, updates=3, deletes=1)


def test_the_counts_say_what_the_example_made() -> None:
    words = str(ChangeCounts(reads=3_322, updates=3, deletes=1))

    assert words == "3,322 snapshot reads from the real table; 3 updates and 1 delete made by the example"


def test_every_update_changes_its_row() -> None:
    updates = [json.loads(change.value) for change in plane_changes() if change.op == "u"]

    assert all(update["before"] != update["after"] for update in updates)


def test_log_positions_never_go_back() -> None:
    positions = [json.loads(change.value)["source"]["lsn"] for change in plane_changes()]

    assert positions == sorted(positions)


def test_a_change_is_keyed_by_the_row_it_changes() -> None:
    rows = [(json.loads(change.key), json.loads(change.value)) for change in plane_changes()]

    assert all(key["tailnum"] == (value["after"] or value["before"])["tailnum"] for key, value in rows)
