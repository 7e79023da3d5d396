"""Records of an ordered contract are validated in the order of raw, key by key, whatever fails, is repaired or crashes."""

from __future__ import annotations

import asyncio
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.validation.order_model import House

seeds = st.integers(0, 2**32)
raw = st.lists(
    st.tuples(st.sampled_from([b"a", b"a", b"b", None]), st.sampled_from([0, 0, 0, 1, 2])), min_size=1, max_size=25
)
Raw = list[tuple[bytes | None, int]]

MOST_STEPS = 5_000


async def run(house: House, sent: Raw, seconds: float = 0.3) -> None:
    """Send the records among the steps of the others, and go on until all is at rest."""
    waiting = [*sent]
    for _ in range(MOST_STEPS):
        while waiting and house.random.random() < 1 / 3:
            house.send(*waiting.pop(0))
        if not waiting and house.is_at_rest:
            return
        await house.step(seconds)
    raise AssertionError(f"not at rest after {MOST_STEPS} steps: {len(house.ward.open)} dead letters are open")


@settings(max_examples=80, deadline=None)
@given(seeds, raw, st.sampled_from([0.0, 0.3]), st.sampled_from([0.0, 0.5, 1.0]))
def test_records_of_a_key_keep_their_order_and_each_is_validated_once_at_most(
    seed: int, sent: Raw, crashes: float, repairs: float
) -> None:
    house = House(Random(seed), "P7D", 10_000, crashes, repairs)
    asyncio.run(run(house, sent))
    for key, places in house.validated().items():
        assert len(places) == len(set(places))
        if key is not None:
            assert places == sorted(places)


@settings(max_examples=30, deadline=None)
@given(seeds, raw, st.sampled_from([0.0, 0.3]))
def test_no_record_is_left_behind_when_all_that_fails_is_repaired(seed: int, sent: Raw, crashes: float) -> None:
    house = House(Random(seed), "P7D", 10_000, crashes, 1.0)
    house.discards = 0.0
    asyncio.run(run(house, sent))
    assert sum(map(len, house.validated().values())) == len(sent)


@settings(max_examples=30, deadline=None)
@given(seeds, raw, st.integers(1, 4))
def test_what_has_no_room_or_waited_too_long_goes_on_all_the_same(seed: int, sent: Raw, max_held: int) -> None:
    house = House(Random(seed), "PT1M", max_held, 0.1, 0.3)
    asyncio.run(run(house, sent, seconds=20))
    for places in house.validated().values():
        assert len(places) == len(set(places))
