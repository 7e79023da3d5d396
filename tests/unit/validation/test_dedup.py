"""An event id counts once in its window, by the arrival of records, within a bounded memory."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from assay.validation.dedup import Window

ARRIVALS = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 300)), max_size=60)


def test_a_repeat_within_the_window_of_the_first_is_refused_and_one_after_it_is_a_first_again() -> None:
    window = Window(100)
    assert [window.repeats(b"a", ms) for ms in (0, 60, 100, 101, 150, 202)] == [False, True, True, False, True, False]


def test_ids_are_told_apart_however_long_they_are() -> None:
    window = Window(100)
    assert not window.repeats(b"x" * 500, 0)
    assert not window.repeats(b"x" * 501, 0)
    assert window.repeats(b"x" * 500, 1)


def test_no_more_ids_are_held_than_there_is_room_for_and_the_oldest_goes_first() -> None:
    window = Window(1_000, max_ids=3)
    for number in range(5):
        window.repeats(b"%d" % number, number)
    assert (len(window), window.forgotten) == (3, 2)
    assert window.repeats(b"4", 5)
    assert not window.repeats(b"0", 5)


def test_ids_out_of_the_window_are_let_go() -> None:
    window = Window(10)
    for number in range(1_000):
        window.repeats(b"%d" % number, number)
    assert len(window) <= 12


@given(ARRIVALS)
def test_it_says_what_a_plain_search_says(arrivals: list[tuple[int, int]]) -> None:
    window, firsts = Window(50), dict[int, int]()
    for event_id, ms in sorted(arrivals, key=lambda pair: pair[1]):
        is_repeat = event_id in firsts and ms - firsts[event_id] <= 50
        firsts = firsts if is_repeat else firsts | {event_id: ms}
        assert window.repeats(b"%d" % event_id, ms) is is_repeat


@given(ARRIVALS, st.integers(0, 60))
def test_a_window_filled_again_from_its_firsts_says_the_same(arrivals: list[tuple[int, int]], at: int) -> None:
    ordered = sorted(arrivals, key=lambda pair: pair[1])
    whole, again = Window(50), Window(50)
    said = [whole.repeats(b"%d" % event_id, ms) for event_id, ms in ordered]
    before, after = ordered[:at], ordered[at:]
    since_ms = after[0][1] - 50 if after else 0
    for (event_id, ms), is_repeat in zip(before, said, strict=False):
        if ms >= since_ms and not is_repeat:
            again.repeats(b"%d" % event_id, ms)
    assert [again.repeats(b"%d" % event_id, ms) for event_id, ms in after] == said[len(before) :]
