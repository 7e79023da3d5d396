"""What the model of histories foretells is neither too much nor too little; plays are the same for the same seed."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from tests.integration.recovery.histories_model import MAX_ATTEMPTS, Deed, Features, Ill, Kind, State, Status, outcomes
from tests.integration.recovery.histories_plot import Blow, plot

FEATURES = st.builds(Features, st.booleans(), st.booleans(), st.booleans())
OPEN = st.builds(
    State,
    st.just(Status.OPEN),
    st.integers(0, MAX_ATTEMPTS - 1),
    st.sampled_from([Ill.TEXT, Ill.WORD, Ill.LOW, Ill.BROKEN]),
)
ENDS = st.builds(
    State, st.sampled_from([Status.VALIDATED, Status.DISCARDED, Status.QUARANTINED]), st.just(1), st.just(Ill.LOW)
)
DEEDS = st.lists(st.builds(Deed, st.sampled_from(Kind), st.just(0), st.booleans()), max_size=3).map(tuple)


@given(ENDS, FEATURES, FEATURES, DEEDS)
def test_what_has_ended_stays(end: State, before: Features, after: Features, deeds: tuple[Deed, ...]) -> None:
    assert outcomes(frozenset([end]), before, after, deeds) == {end}


@given(OPEN, FEATURES)
def test_a_discard_alone_has_one_outcome(start: State, features: Features) -> None:
    deed = Deed(Kind.DISCARD, start.attempt)
    may_fly = start.ill is Ill.TEXT and features.casts

    found = {state.status for state in outcomes(frozenset([start]), features, features, (deed,))}
    assert found == ({Status.DISCARDED, Status.VALIDATED} if may_fly else {Status.DISCARDED})


@given(OPEN, FEATURES, FEATURES, DEEDS)
def test_attempts_never_go_past_the_most(
    start: State, before: Features, after: Features, deeds: tuple[Deed, ...]
) -> None:
    found = outcomes(frozenset([start]), before, after, deeds)

    assert found
    assert all(state.attempt <= MAX_ATTEMPTS for state in found)
    assert not [state for state in found if state.status is Status.OPEN and state.attempt == MAX_ATTEMPTS]


def test_a_play_is_the_same_for_the_same_seed_and_strikes_every_blow() -> None:
    chapters = plot(7, 300)

    assert chapters == plot(7, 300)
    assert Counter(chapter.blow for chapter in chapters if chapter.blow) == Counter(list(Blow))
    assert sorted(number for chapter in chapters for number, _ in chapter.born) == [*range(300)]
