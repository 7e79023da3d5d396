"""A watermark is confirmed once no partition can be behind it unseen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from assay.streaming.standing import Confirming, PartitionState

NOW_MS = 1_790_000_000_000
EARLY_MS, LATER_MS = 1_360_000_000_000, 1_370_000_000_000


def state(partition: int, at_ms: int = NOW_MS, seen_ms: int = NOW_MS) -> PartitionState:
    return PartitionState("orders.raw.app", partition, 10, 10, at_ms, seen_ms, moved_ms=seen_ms)


def test_the_watermark_of_one_partition_is_confirmed_at_once() -> None:
    assert Confirming().at("orders", LATER_MS, [state(0)], NOW_MS) == LATER_MS


def test_a_watermark_waits_for_a_pane_of_every_partition_that_was_closed_later() -> None:
    confirming, before = Confirming(), state(1, at_ms=NOW_MS - 4_000)
    assert confirming.at("orders", LATER_MS, [state(0), before], NOW_MS) is None
    assert confirming.at("orders", LATER_MS, [state(0), replace(before, at_ms=NOW_MS - 1)], NOW_MS + 999) is None
    assert confirming.at("orders", LATER_MS + 5, [state(0), state(1)], NOW_MS + 1_000) == LATER_MS


def test_a_partition_that_speaks_of_older_records_brings_the_watermark_back_before_it_counts() -> None:
    confirming = Confirming()
    confirming.at("orders", LATER_MS, [state(0), state(1, at_ms=NOW_MS - 4_000)], NOW_MS)
    assert confirming.at("orders", EARLY_MS, [state(0), state(1)], NOW_MS + 500) == EARLY_MS


def test_a_partition_whose_clock_is_behind_is_waited_for_a_minute() -> None:
    confirming, behind = Confirming(), state(1, at_ms=NOW_MS - 3_600_000)
    confirming.at("orders", LATER_MS, [state(0), behind], NOW_MS)
    for passed_ms, expected in ((59_999, None), (60_000, LATER_MS)):
        seen = replace(behind, at_ms=behind.at_ms + passed_ms, seen_ms=NOW_MS + passed_ms)
        assert confirming.at("orders", LATER_MS, [state(0), seen], NOW_MS + passed_ms) == expected


def test_what_is_held_stays_where_it_was_confirmed() -> None:
    confirming = Confirming()
    confirming.at("orders", LATER_MS, [state(0)], NOW_MS)
    assert confirming.at("orders", None, [state(0)], NOW_MS + 1_000) == LATER_MS
    assert confirming.at("orders", EARLY_MS, [state(0)], NOW_MS + 2_000) == LATER_MS


MOVES = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 20_000), st.integers(0, 100_000)), min_size=1, max_size=40)


@given(MOVES)
def test_it_never_goes_back_and_never_passes_what_was_found(moves: Sequence[tuple[int, int, int]]) -> None:
    confirming, now_ms = Confirming(), NOW_MS
    states, found_ms, before_ms = [state(0), state(1), state(2)], 0, None
    for partition, passed_ms, gained_ms in moves:
        now_ms, found_ms = now_ms + passed_ms, found_ms + gained_ms
        states[partition] = state(partition, now_ms, now_ms)
        sure_ms = confirming.at("orders", found_ms, states, now_ms)
        assert sure_ms is None or (before_ms or 0) <= sure_ms <= found_ms
        assert before_ms is None or sure_ms is not None
        before_ms = sure_ms
