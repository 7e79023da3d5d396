"""A breach fires and resolves by patience: alternating, never faster than it, the same in whatever order windows come."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from assay.alerts.promises.evaluation import Outcome
from assay.alerts.promises.hysteresis import Flip, Memory, moved, refolded
from assay.contracts import Patience

K, B, FEW, M = Outcome.KEPT, Outcome.BROKEN, Outcome.INSUFFICIENT, Outcome.MAINTENANCE
OUTCOMES = st.lists(st.sampled_from(Outcome), max_size=60)
PATIENCES = st.integers(1, 10).flatmap(
    lambda out_of: st.builds(Patience, st.just(0), st.integers(1, out_of), st.just(out_of), st.integers(1, 10))
)


def flips(outcomes: Sequence[Outcome], patience: Patience) -> list[tuple[int, Flip]]:
    found = refolded(Memory(), outcomes, patience)
    return [(place, flip) for place, (_, flip) in enumerate(found) if flip is not None]


def test_without_patience_each_change_is_told() -> None:
    assert flips([B, B, K, B, K, K], Patience()) == [
        (0, Flip.FIRES), (2, Flip.RESOLVES), (3, Flip.FIRES), (4, Flip.RESOLVES),
    ]  # fmt: skip


def test_two_of_three_fire_and_two_in_a_row_resolve() -> None:
    patience = Patience(0, 2, 3, 2)
    assert flips([B, K, B, K, B, K, K], patience) == [(2, Flip.FIRES), (6, Flip.RESOLVES)]


def test_windows_that_say_nothing_neither_fire_nor_resolve_nor_count() -> None:
    patience = Patience(0, 2, 2, 2)
    assert flips([B, FEW, M, B, K, FEW, K], patience) == [(3, Flip.FIRES), (6, Flip.RESOLVES)]


def test_what_resolved_counts_anew() -> None:
    assert flips([B, B, K, B, B], Patience(0, 2, 3, 1)) == [(1, Flip.FIRES), (2, Flip.RESOLVES), (4, Flip.FIRES)]


@given(OUTCOMES, PATIENCES)
def test_it_never_fires_twice_without_resolving_between(outcomes: list[Outcome], patience: Patience) -> None:
    told = [flip for _, flip in flips(outcomes, patience)]
    assert told == [Flip.FIRES, Flip.RESOLVES] * (len(told) // 2) + [Flip.FIRES] * (len(told) % 2)


@given(OUTCOMES, PATIENCES)
def test_it_does_not_flap_inside_its_bounds(outcomes: list[Outcome], patience: Patience) -> None:
    told = [(-1, Flip.RESOLVES), *flips(outcomes, patience)]
    for (before, _), (place, flip) in pairwise(told):
        counted = [each for each in outcomes[before + 1 : place + 1] if each.counts]
        if flip is Flip.FIRES:
            assert counted[-patience.out_of :].count(B) >= patience.fires_after
        else:
            assert counted[-patience.resolves_after :] == [K] * patience.resolves_after


@given(OUTCOMES, PATIENCES)
def test_it_fires_as_soon_as_it_may(outcomes: list[Outcome], patience: Patience) -> None:
    memory, since = Memory(), list[Outcome]()
    for outcome in outcomes:
        was_firing = memory.is_firing
        memory, flip = moved(memory, outcome, patience)
        since = [] if flip else [*since, *([outcome] if outcome.counts else [])]
        if not was_firing and not flip:
            assert since[-patience.out_of :].count(B) < patience.fires_after or since[-1:] != [B]
        if was_firing and not flip:
            assert since[-patience.resolves_after :] != [K] * patience.resolves_after


@given(OUTCOMES, PATIENCES)
def test_memory_reads_as_it_was_written(outcomes: list[Outcome], patience: Patience) -> None:
    assert all(Memory.read(str(memory)) == memory for memory, _ in refolded(Memory(), outcomes, patience))
