"""Event ids are UUIDs of version 7."""

from __future__ import annotations

import uuid

from hypothesis import given
from hypothesis import strategies as st

from assay.client import new_event_id


@given(st.integers(0, (1 << 48) - 1), st.integers(0, (1 << 74) - 1))
def test_id_carries_its_time_and_its_chance(now_ms: int, chance: int) -> None:
    made = uuid.UUID(new_event_id(lambda: now_ms, lambda _: chance))

    assert (made.version, made.variant) == (7, uuid.RFC_4122)
    assert made.int >> 80 == now_ms
    assert ((made.int >> 64) & 0xFFF) << 62 | made.int & (1 << 62) - 1 == chance


def test_ids_of_later_moments_sort_later() -> None:
    made = [new_event_id(lambda now=now: now) for now in (1, 2, 1 << 20, 1 << 40)]  # type: ignore[misc]  # a bound default

    assert made == sorted(made)


def test_ids_of_one_moment_differ() -> None:
    assert len({new_event_id(lambda: 1) for _ in range(1000)}) == 1000
