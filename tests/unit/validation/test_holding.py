"""Which records of a partition wait, told without a log."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from assay.contracts.model import Ordered
from assay.streaming.keys import Key, KeyFile
from assay.validation.holding import Holding, Letter, News, digest_of

A, B = b"a", b"b"
SECOND_MS = 1000


def holding(timeout_s: int = 60, most: int = 10) -> Holding:
    return Holding(Ordered(timeout_s, most))


def test_only_what_comes_later_of_the_same_key_waits() -> None:
    here = holding()
    here.fails(A, 5, 0)
    assert [here.waits_until(key, place, 0) for key, place in ((A, 6), (A, 4), (A, 5), (B, 6))] == [
        60 * SECOND_MS,
        None,
        None,
        None,
    ]


def test_what_is_held_is_waited_for_as_long_as_what_it_waits_for() -> None:
    here = holding()
    here.fails(A, 5, 0)
    until_ms = here.waits_until(A, 6, 50 * SECOND_MS)
    assert until_ms is not None
    here.holds(A, 6, until_ms)
    here.returns(A, 5)
    assert here.waits_until(A, 7, 59 * SECOND_MS) == 60 * SECOND_MS
    assert here.waits_until(A, 7, 60 * SECOND_MS) is None


def test_a_replay_that_was_judged_is_waited_for_no_more_unless_it_failed_again() -> None:
    here = holding()
    here.fails(A, 5, 0)
    here.fails(B, 6, 0)
    letters = [Letter(0, A, 5, 60_000), Letter(1, B, 6, 60_000)]
    here.learn(News(letters, [(0, True), (1, True)], [(0, 30), (1, 31)], judged=30))
    assert (A in here, B in here) == (True, True)
    here.learn(News([Letter(2, B, 6, 60_000)], judged=32))
    assert (A in here, B in here) == (False, True)


def test_what_is_settled_without_a_replay_is_waited_for_no_more() -> None:
    here = holding()
    here.learn(News([Letter(0, A, 5, 60_000)], [(0, False)]))
    assert len(here) == 0


def test_a_settlement_of_an_older_dead_letter_says_nothing_of_the_newest() -> None:
    here = holding()
    here.learn(News([Letter(0, A, 5, 60_000), Letter(3, A, 5, 60_000)], [(0, False)]))
    assert here.waits_until(A, 6, 0) == 60_000


def test_beyond_its_bound_nothing_is_remembered_until_something_is_over() -> None:
    here = holding(most=1)
    here.fails(A, 5, 0)
    assert not here.has_room(59 * SECOND_MS)
    assert here.has_room(60 * SECOND_MS)


def test_what_is_over_takes_no_room_of_what_is_open() -> None:
    here = holding(most=1)
    letters = [Letter(0, A, 4, 60_000), Letter(1, A, 5, 60_000), Letter(2, B, 6, 60_000)]
    here.learn(News(letters, [(0, True), (1, False)], [(0, 30)], judged=31))
    assert (A in here, B in here) == (False, True)


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 9), st.booleans()), max_size=40), st.integers(0, 9))
def test_it_answers_as_a_list_would(done: list[tuple[int, int, bool]], now: int) -> None:
    here, plain = holding(), dict[int, int]()
    for place, until, is_back in done:
        if is_back:
            here.returns(A, place)
            plain.pop(place, None)
        else:
            here.holds(A, place, until)
            plain[place] = until
        for asked in range(8):
            latest = max((end for at, end in plain.items() if at < asked), default=0)
            assert here.waits_until(A, asked, now) == (latest if latest > now else None)
    assert len(here) == len(plain)


def test_what_stands_for_a_key_differs_by_key_topic_and_secret() -> None:
    def made(key: bytes, topic: str, secret: bytes) -> bytes:
        return digest_of(key, topic, KeyFile("one", {"one": Key("one", secret)}))

    usual = made(b"k", "t", b"s" * 32)
    assert usual == made(b"k", "t", b"s" * 32)
    assert len({usual, made(b"j", "t", b"s" * 32), made(b"k", "u", b"s" * 32), made(b"k", "t", b"r" * 32)}) == 4
    assert usual.startswith(b"one/")
