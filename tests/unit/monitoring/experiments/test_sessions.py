"""Sessions that are put together from parts are those of the whole: in any order, groups and partitions."""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from assay.monitoring.experiments import Session, joined

GAPS = st.integers(0, 40)
EVENTS = st.lists(
    st.builds(
        lambda at_ms, name, amount: Session(at_ms, at_ms, 1, {name: amount} if name else {}),
        st.integers(0, 600),
        st.sampled_from(["", "clicked", "spent"]),
        st.integers(-(2**1100), 2**1100),
    ),
    max_size=40,
)


def plainly(events: Sequence[Session], gap_ms: int) -> list[Session]:
    """The sessions of all events, cut wherever nothing happens for longer than the gap."""
    times = sorted({each.first_ms for each in events})
    begins = times[:1] + [after for before, after in pairwise(times) if after - before > gap_ms]
    found = []
    for begin, end in pairwise([*begins, 2**62]):
        mine = [each for each in events if begin <= each.first_ms < end]
        names = {name for each in mine for name in each.amounts}
        amounts = {name: sum(each.amounts.get(name, 0) for each in mine) for name in names}
        found.append(Session(begin, max(each.first_ms for each in mine), len(mine), amounts))
    return found


@given(EVENTS, GAPS)
def test_joined_events_are_the_sessions_that_pauses_cut(events: list[Session], gap_ms: int) -> None:
    assert joined(events, gap_ms) == plainly(events, gap_ms)


@given(EVENTS, GAPS, st.integers(0, 2**32), st.integers(1, 6))
def test_parts_joined_in_any_groups_and_order_are_the_sessions_of_the_whole(
    events: list[Session], gap_ms: int, seed: int, groups: int
) -> None:
    chance = random.Random(seed)
    mixed = chance.sample(events, len(events))
    parts = [joined(mixed[place::groups], gap_ms) for place in range(groups)]
    while len(parts) > 1:
        one, other = (parts.pop(chance.randrange(len(parts))) for _ in range(2))
        parts.append(joined([*one, *other], gap_ms))

    assert parts == [joined(events, gap_ms)]


@given(EVENTS, EVENTS, EVENTS, GAPS)
def test_joining_is_associative_and_commutative(
    one: list[Session], other: list[Session], third: list[Session], gap_ms: int
) -> None:
    first, second, last = (joined(each, gap_ms) for each in (one, other, third))

    assert joined([*joined([*first, *second], gap_ms), *last], gap_ms) == joined(
        [*first, *joined([*last, *second], gap_ms)], gap_ms
    )
    assert joined([*first, *second], gap_ms) == joined([*second, *first], gap_ms)


@given(EVENTS, GAPS)
def test_joined_sessions_joined_again_are_themselves(events: list[Session], gap_ms: int) -> None:
    once = joined(events, gap_ms)

    assert joined(once, gap_ms) == once
    assert all(after.first_ms - before.last_ms > gap_ms for before, after in pairwise(once))


@given(EVENTS, st.integers(0, 20), st.integers(0, 20))
def test_parts_joined_by_a_shorter_gap_may_be_joined_by_a_longer(events: list[Session], gap_ms: int, more: int) -> None:
    assert joined(joined(events, gap_ms), gap_ms + more) == joined(events, gap_ms + more)


def test_what_comes_late_between_two_sessions_makes_them_one() -> None:
    before, after = Session(0, 10, 3, {"spent": 5}), Session(50, 60, 2, {"spent": 7})

    assert joined([before, after, Session(30, 30)], 20) == [Session(0, 60, 6, {"spent": 12})]
    assert joined([before, after, Session(31, 31)], 20) == [before, Session(31, 60, 3, {"spent": 7})]
