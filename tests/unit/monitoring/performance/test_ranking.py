"""Figures of rankings are those of the formulas, list by list, and their counts merge like whole numbers."""

from __future__ import annotations

import json
import math
import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.monitoring.concept import ConceptStates, LabelledReference, alike, figures, selection
from assay.monitoring.performance import MixedCountsError, RankingCounts, count_ranking, ranking_metrics
from assay.monitoring.performance.papers import performance_paper, read_performance
from assay.monitoring.performance.ranking import is_relevance, row_of

Listed = tuple[list[str], dict[str, float]]

IDS = [f"i{number}" for number in range(12)]
RELEVANCE = st.one_of(st.sampled_from((0.0, 1.0, 2.0, 3.0)), st.floats(0, 1000))
LIST = st.tuples(
    st.lists(st.sampled_from(IDS), min_size=1, max_size=12, unique=True),
    st.dictionaries(st.sampled_from(IDS), RELEVANCE, max_size=8),
)
LISTS = st.lists(LIST, max_size=8)


def counted(cutoff: int, lists: list[Listed]) -> RankingCounts:
    """What lists come to."""
    rows = np.array([row_of(items, known, cutoff) for items, known in lists], dtype=np.float64)
    return count_ranking(cutoff, rows.reshape(len(lists), cutoff + 2))


def plain(cutoff: int, items: list[str], known: dict[str, float]) -> dict[str, float]:
    """The figures of one list, written down as they are defined."""
    first = [known.get(each, 0.0) for each in items[:cutoff]]
    best = sorted(known.values(), reverse=True)[:cutoff]
    ideal = math.fsum(gain / math.log2(2 + place) for place, gain in enumerate(best))
    gained = math.fsum(gain / math.log2(2 + place) for place, gain in enumerate(first))
    relevant = sum(gain > 0 for gain in known.values())
    places = [place for place, gain in enumerate(first, start=1) if gain > 0]
    precise = math.fsum(found / place for found, place in enumerate(places, start=1))
    return {
        "ndcg": gained / ideal if ideal else 0.0,
        "map": precise / min(relevant, cutoff) if relevant else 0.0,
        "mrr": 1 / places[0] if places else 0.0,
        "precision": len(places) / cutoff,
        "recall": len(places) / relevant if relevant else 0.0,
        "hit_rate": float(bool(places)),
    }


@given(cutoff=st.integers(1, 15), lists=LISTS)
def test_figures_are_the_means_of_the_formulas_over_lists_of_which_something_is_known(
    cutoff: int, lists: list[Listed]
) -> None:
    counts = counted(cutoff, lists)
    each = [plain(cutoff, *one) for one in lists if one[1]]

    assert (counts.n, counts.labelled) == (len(lists), len(each))
    assert figures(counts) == pytest.approx(
        {name: math.fsum(one[name] for one in each) / len(each) for name in each[0]} if each else {}, abs=1e-9
    )


@given(cutoff=st.integers(1, 12), lists=LISTS, seed=st.integers(0, 2**32))
def test_any_order_and_grouping_of_lists_adds_up_to_the_same(cutoff: int, lists: list[Listed], seed: int) -> None:
    chance = random.Random(seed)
    mixed = chance.sample(lists, len(lists))
    cut = chance.randrange(len(lists) + 1)

    parts = counted(cutoff, mixed[:cut]) + counted(cutoff, mixed[cut:])

    assert parts == counted(cutoff, mixed[cut:]) + counted(cutoff, mixed[:cut]) == counted(cutoff, lists)


@given(cutoff=st.integers(1, 12), lists=LISTS, more=LISTS)
def test_what_is_taken_away_leaves_nothing_behind(cutoff: int, lists: list[Listed], more: list[Listed]) -> None:
    one, other = counted(cutoff, lists), counted(cutoff, more)

    assert (one + other) - other == one
    assert one - one == RankingCounts.empty(cutoff)
    assert RankingCounts.empty(cutoff) + one == one


@given(cutoff=st.integers(1, 12), lists=LISTS)
def test_what_is_written_is_read_again(cutoff: int, lists: list[Listed]) -> None:
    counts = counted(cutoff, lists)

    assert read_performance(json.dumps(performance_paper([counts]))) == (counts,)


@given(lists=st.lists(LIST, min_size=1, max_size=5), cutoff=st.integers(1, 12))
def test_the_best_order_has_an_ndcg_of_1_and_no_order_has_more(lists: list[Listed], cutoff: int) -> None:
    best = [(sorted({*items, *known}, key=lambda each: -known.get(each, 0.0)), known) for items, known in lists]
    found, most = (ranking_metrics(counted(cutoff, each)).ndcg for each in (lists, best))

    relevant = [any(value > 0 for value in known.values()) for _, known in lists if known]
    if relevant:
        assert most == sum(relevant) / len(relevant)
        assert found is not None
        assert found <= most


def test_published_figures_come_out() -> None:
    """Relevance 3, 2, 3, 0, 1, 2: DCG 6.861 and 7.141 at best, an NDCG of 0.961, with two more items 0.785 of 8.740."""
    six = {f"i{place}": float(gain) for place, gain in enumerate((3, 2, 3, 0, 1, 2))}
    more = six | {"i6": 3.0, "i7": 2.0}

    found = [ranking_metrics(counted(6, [([*six], known)])).ndcg for known in (six, more)]

    assert found == [pytest.approx(0.961, abs=5e-4), pytest.approx(0.785, abs=5e-4)]


def test_an_item_of_which_nothing_is_known_counts_as_0_and_a_list_of_which_nothing_is_known_not_at_all() -> None:
    lists: list[Listed] = [(["a", "b"], {"b": 1.0}), (["a", "b"], {"a": 0.0, "b": 1.0}), (["a", "b"], {})]

    one, other, nothing = (counted(10, [each]) for each in lists)

    assert one == other
    assert (nothing.n, nothing.labelled, figures(nothing)) == (1, 0, {})


def test_an_item_that_is_in_the_list_twice_stands_where_it_stands_first() -> None:
    assert counted(3, [(["a", "a", "b"], {"a": 1.0, "b": 1.0})]) == counted(3, [(["a", "b"], {"a": 1.0, "b": 1.0})])


@pytest.mark.parametrize("value", [-1.0, math.nan, math.inf, 2.0**240])
def test_what_is_below_0_or_beyond_measure_is_no_relevance(value: float) -> None:
    assert not is_relevance(value)


def test_lists_that_were_cut_at_other_places_are_never_added() -> None:
    ten, five = RankingCounts.empty(10), RankingCounts.empty(5)

    assert not alike(ten, five)
    with pytest.raises(MixedCountsError):
        ten + five


def window(lists: int, seed: int, is_random: bool = False) -> RankingCounts:
    """Lists of a ranker that knows most of what is relevant, or nothing."""
    chance = random.Random(seed)
    made: list[Listed] = []
    for _ in range(lists):
        known = {each: float(chance.random() < 0.2) for each in IDS}
        items = sorted(IDS, key=lambda each: (0.0 if is_random else -known[each]) + chance.gauss(0, 0.5))
        made.append((items, known))
    return counted(10, made)


def test_an_order_that_becomes_random_fires_and_one_that_stays_does_not() -> None:
    reference = LabelledReference.of([window(200, seed) for seed in range(20)])
    states = ConceptStates()

    found = [states.judge(reference.findings(window(200, 100 + place, place >= 10))) for place in range(13)]

    assert [each.state for each in found] == ["ok"] * 10 + ["firing"] * 3
    assert {each.cause for each in found[10:]} == {"concept"}
    assert reference.estimated(window(200, 3)).figures == {}
    assert selection(window(200, 3)) is None
