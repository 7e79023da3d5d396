"""Concept drift of binary models: right windows, right causes, silence elsewhere, and estimates that come true."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest

from assay.monitoring.concept import (
    BinaryReference,
    ConceptRule,
    ConceptStates,
    Findings,
    changes,
    page_hinkley,
)
from assay.monitoring.performance import BinaryCounts, count_binary
from tests.unit.monitoring.concept.judging import findings, verdicts

if TYPE_CHECKING:
    from tests.unit.monitoring.concept.conftest import Rows


@pytest.mark.parametrize("size", [500, 1_000, 2_000])
def test_sea_as_river_makes_it_fires_after_its_change_and_not_before(made_sea: Rows, size: int) -> None:
    found = verdicts(BinaryReference.of(made_sea.counts(0, 2_000)), made_sea.windows(size))
    first = 4_000 // size
    assert {each.state for each in found[:first]} == {"ok"}
    assert {(each.state, each.cause) for each in found[first:]} == {("firing", "concept")}


def test_page_hinkley_sees_the_loss_of_made_sea_change_soon_after_it_did(made_sea: Rows) -> None:
    found = changes(page_hinkley(), made_sea.losses)
    assert found
    assert 4_000 <= found[0] < 6_000


def test_an_estimate_is_what_calibrated_scores_come_to_row_by_row() -> None:
    random = np.random.default_rng(5)
    scores = random.random(2_000).round(2) + 0.001
    scores = np.minimum(scores, 1)
    truths = (random.random(2_000) < scores**2).astype(np.int64)
    said = (scores > 0.4).astype(np.int64)
    reference = BinaryReference.of(count_binary(said, scores, truths))
    worth = np.array(reference.worth)[np.minimum((scores * 100).astype(int), 99)]
    found = reference.estimate(count_binary(said, scores))
    assert found is not None
    tp, fp, fn = (float(part.sum()) for part in (worth[said == 1], 1 - worth[said == 1], worth[said == 0]))
    assert math.isclose(found.accuracy, float(np.where(said == 1, worth, 1 - worth).mean()), rel_tol=1e-9)
    assert math.isclose(found.precision or 0, tp / (tp + fp), rel_tol=1e-9)
    assert math.isclose(found.recall or 0, tp / (tp + fn), rel_tol=1e-9)
    assert math.isclose(found.f1 or 0, 2 * tp / (2 * tp + fp + fn), rel_tol=1e-9)
    below = (scores[:, None] // 0.01 < scores // 0.01) + 0.5 * (scores[:, None] // 0.01 == scores // 0.01)
    pairs = (1 - worth)[:, None] * worth
    assert math.isclose(found.auc or 0, float((below * pairs).sum() / pairs.sum()), rel_tol=1e-9)


@pytest.mark.parametrize("seed", [0, 1, 3, 4])
def test_scores_that_run_against_the_label_foretell_nothing_and_leave_the_loss_to_its_test(seed: int) -> None:
    random = np.random.default_rng(seed)

    def rows(n: int, share: float) -> BinaryCounts:
        scores = random.random(n)
        return count_binary(np.zeros(n, dtype=np.int64), scores, (random.random(n) < share * (1 - scores)).astype(int))

    found = verdicts(BinaryReference.of(rows(3_000, 0.2)), [rows(1_000, 0.2), rows(1_000, 0.8)])

    assert [each.findings.foretold for each in found] == [None, None]
    assert ["loss" in each.speaking for each in found] == [False, True]


def test_a_window_with_too_few_labels_says_nothing_and_leaves_what_fired() -> None:
    random = np.random.default_rng(1)
    scores = random.random(1_000)
    said, truths = (scores > 0.5).astype(np.int64), (random.random(1_000) < scores).astype(np.int64)
    reference = BinaryReference.of(count_binary(said, scores, truths))
    states = ConceptStates(ConceptRule(clear_after=2))
    wrong = count_binary(said, scores, 1 - said)
    few = count_binary(said, scores, np.where(np.arange(1_000) < 50, truths, -1))
    right = count_binary(said, scores, truths)
    told = [states.judge(findings(reference, each)).state for each in (right, wrong, few, right, right)]
    assert told == ["ok", "firing", "insufficient", "firing", "ok"]


def test_one_odd_window_is_pending_and_a_second_of_three_fires() -> None:
    odd, calm = two(0.0001), two(0.5)
    states = ConceptStates()
    assert [states.judge(each).state for each in (odd, calm, odd)] == ["pending", "ok", "firing"]
    states = ConceptStates()
    assert [states.judge(each).state for each in (odd, calm, calm, odd)] == ["pending", "ok", "ok", "pending"]


def test_three_tests_share_what_one_would_have_alone() -> None:
    from assay.monitoring.concept import Evidence

    loss, calm = Evidence("two-proportion", 900, 3.4, 0.0007, 0.2), Evidence("foretold", 900, 0.1, 0.9, 0.0)
    assert ConceptStates().judge(Findings(900, 1.0, loss, None, None)).speaking == ("loss",)
    assert ConceptStates().judge(Findings(900, 1.0, loss, calm, None)).speaking == ()


def two(p: float) -> Findings:
    from assay.monitoring.concept import Evidence

    return Findings(1_000, 1.0, Evidence("two-proportion", 1_000, 3.9, p, 0.2), None, None)
