from __future__ import annotations

from collections.abc import Callable, Iterable

from hypothesis import given
from hypothesis import strategies as st

from assay.alerts.breaches import Breach, Measurement, State, Step, step

Day = Callable[..., Measurement]


def play(measurements: Iterable[Measurement]) -> tuple[Breach | None, list[tuple[State, str]]]:
    newest: Breach | None = None
    said: list[tuple[State, str]] = []
    for measurement in measurements:
        taken = step(newest, measurement)
        newest = taken.breach or newest
        said += [(taken.notice, measurement.window)] if taken.notice else []
    return newest, said


def test_broken_promise_fires(day: Day) -> None:
    assert step(None, day(8)) == Step(Breach(fired=day(8), latest=day(8)), State.FIRING)


def test_promise_that_stays_broken_fires_once(day: Day) -> None:
    newest, said = play([day(8), day(9)])
    assert said == [(State.FIRING, "2013-02-08")]
    assert newest == Breach(fired=day(8), latest=day(9))


def test_promise_kept_again_resolves_once(day: Day) -> None:
    _, said = play([day(8), day(10, State.RESOLVED), day(11, State.RESOLVED)])
    assert said == [(State.FIRING, "2013-02-08"), (State.RESOLVED, "2013-02-10")]


def test_kept_promise_says_nothing(day: Day) -> None:
    assert step(None, day(8, State.RESOLVED)) == Step()


def test_promise_broken_again_opens_a_new_breach(day: Day) -> None:
    newest, said = play([day(8), day(9, State.RESOLVED), day(10)])
    assert newest == Breach(fired=day(10), latest=day(10))
    assert said[-1] == (State.FIRING, "2013-02-10")


def test_repeated_firing_after_its_resolution_says_nothing(day: Day) -> None:
    _, said = play([day(8), day(9), day(9, State.RESOLVED), day(8), day(9)])
    assert said == [(State.FIRING, "2013-02-08"), (State.RESOLVED, "2013-02-09")]


def test_day_that_is_kept_when_measured_again_resolves(day: Day) -> None:
    newest, _ = play([day(8), day(8, State.RESOLVED, 3.0)])
    assert newest is not None
    assert not newest.is_open


def test_older_kept_day_does_not_resolve(day: Day) -> None:
    newest, _ = play([day(8), day(7, State.RESOLVED)])
    assert newest is not None
    assert newest.is_open


def test_day_measured_worse_is_the_latest_and_says_nothing(day: Day) -> None:
    newest, said = play([day(8, percent=41.0), day(8, percent=51.1)])
    assert newest == Breach(fired=day(8, percent=41.0), latest=day(8, percent=51.1))
    assert len(said) == 1


HISTORIES = st.lists(st.tuples(st.integers(1, 6), st.sampled_from(State)), max_size=12)


@given(HISTORIES)
def test_notices_alternate_and_no_window_fires_twice(day: Day, history: list[tuple[int, State]]) -> None:
    _, said = play(day(number, state) for number, state in history)
    states = [state for state, _ in said]
    assert states == [State.FIRING, State.RESOLVED] * (len(said) // 2) + [State.FIRING] * (len(said) % 2)
    assert len({window for state, window in said if state is State.FIRING}) == states.count(State.FIRING)


@given(HISTORIES, st.integers(0, 12))
def test_history_heard_again_from_anywhere_says_nothing_new(
    day: Day, history: list[tuple[int, State]], start: int
) -> None:
    in_order = [day(number, state) for number, state in sorted(history)]
    once, twice = play(in_order), play(in_order + in_order[start:])
    assert twice[1] == once[1]
