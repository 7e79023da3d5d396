"""Labelled counts as a document: exact, by window, alone or in a profile."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.monitoring.performance import (
    MixedCountsError,
    UnreadableCountsError,
    count_binary,
    count_multiclass,
    count_regression,
)
from assay.monitoring.performance.papers import (
    ModelCounts,
    added_up,
    kind_of,
    performance_paper,
    profile_with,
    read_performance,
)
from assay.monitoring.profiles import Numbers, profile_of
from assay.monitoring.profiles.papers import profile_from_json, profile_to_json

KINDS = ("binary", "multiclass", "regression")


def window(kind: str, seed: int, rows: int = 60) -> ModelCounts:
    draw = np.random.default_rng(seed)
    scores, truths = draw.uniform(-0.1, 1.1, rows), draw.integers(-1, 2, rows)
    if kind == "binary":
        return count_binary((scores > 0.5).astype(np.int64), scores, truths)
    if kind == "multiclass":
        return count_multiclass(("a", "b"), draw.integers(0, 3, rows), draw.uniform(0, 1, (rows, 2)), truths)
    return count_regression(scores * 1e3, np.where(truths < 0, np.nan, scores), (0.0, 500.0))


WINDOWS = st.tuples(st.sampled_from(KINDS), st.lists(st.integers(0, 99), min_size=1, max_size=4)).map(
    lambda drawn: [window(drawn[0], seed) for seed in drawn[1]]
)


@given(WINDOWS)
def test_what_is_written_is_read(windows: list[ModelCounts]) -> None:
    paper = performance_paper(windows)

    assert read_performance(json.dumps(paper)) == tuple(windows)
    assert paper["kind"] == kind_of(windows[0])


@given(WINDOWS)
def test_a_profile_carries_them_and_is_the_profile_that_it_was(windows: list[ModelCounts]) -> None:
    text = profile_to_json(profile_of({"x": Numbers(np.arange(50.0))}))

    whole = profile_with(text, windows)

    assert read_performance(whole) == tuple(windows)
    assert profile_to_json(profile_from_json(whole)) == text


@pytest.mark.parametrize("text", ["", b"", "{}", '{"assay_profile": 1}'])
def test_where_there_are_none_there_are_none(text: str | bytes) -> None:
    assert read_performance(text) == ()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "no JSON"),
        ("[]", "`assay drift profile --label` writes them"),
        ('{"assay_performance": 2}', "a version that is not known"),
        ('{"performance": 7}', "a version that is not known"),
        (
            '{"assay_performance": 1, "kind": "clusters", "windows": [{}]}',
            "have a kind (binary, multiclass, regression, ranking)",
        ),
        ('{"assay_performance": 1, "kind": "binary", "windows": []}', "and windows"),
        ('{"assay_performance": 1, "kind": "binary", "windows": [{}]}', "BinaryCounts is written with the fields"),
    ],
)
def test_what_is_no_such_document_is_said(text: str, says: str) -> None:
    with pytest.raises(UnreadableCountsError) as caught:
        read_performance(text)
    assert says in str(caught.value)


def test_counts_that_lack_cells_are_not_read() -> None:
    counts = window("binary", 1)
    paper, written = performance_paper([counts]), json.loads(json.dumps(counts.written()))
    short = {**written, "positive": written["positive"][:-1]}
    more = {**written, "predicted": [0] * len(written["predicted"])}

    for wrong, says in ((short, "don't add up"), (more, "more labels than predictions")):
        with pytest.raises(UnreadableCountsError, match=says):
            read_performance(json.dumps(paper | {"windows": [wrong]}))


def test_windows_of_two_shapes_are_no_reference() -> None:
    one, other = count_regression(np.ones(3), edges=(1.0,)), count_regression(np.ones(3), edges=(2.0,))
    both = performance_paper([one]) | {"windows": [one.written(), other.written()]}

    with pytest.raises(UnreadableCountsError, match="don't add up"):
        read_performance(json.dumps(both))
    with pytest.raises(MixedCountsError):
        added_up([])
