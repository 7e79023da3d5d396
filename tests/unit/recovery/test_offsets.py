"""A set of offsets keeps what was put into it, in a bit each."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from assay.recovery.offsets import BLOCK_OFFSETS, OffsetSet

OFFSETS = st.sets(st.integers(0, 5 * BLOCK_OFFSETS))


def _bits(offsets: set[int]) -> dict[int, bytes]:
    blocks: dict[int, bytearray] = {}
    for offset in offsets:
        block = blocks.setdefault(offset // BLOCK_OFFSETS, bytearray(BLOCK_OFFSETS // 8))
        block[offset % BLOCK_OFFSETS // 8] |= 1 << offset % 8
    return {number: bytes(block) for number, block in blocks.items()}


@given(OFFSETS, OFFSETS, OFFSETS)
def test_it_has_what_was_added_and_merged_and_nothing_else(added: set[int], merged: set[int], asked: set[int]) -> None:
    found = OffsetSet()
    found.update(added)
    found.merge(_bits(merged))
    every = added | merged
    assert len(found) == len(every)
    assert found.end == max(every, default=-1) + 1
    assert {offset for offset in asked | every if offset in found} == every


@given(OFFSETS, st.integers(0, 6 * BLOCK_OFFSETS))
def test_what_is_dropped_is_before_the_log(added: set[int], begin: int) -> None:
    found = OffsetSet()
    found.update(added)
    found.drop_before(begin)
    assert all(offset in found for offset in added if offset >= begin)
    assert len(found) == sum(offset >= begin // BLOCK_OFFSETS * BLOCK_OFFSETS for offset in added)
