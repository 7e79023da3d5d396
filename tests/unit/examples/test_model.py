"""What the delay model is worth, on flights that it has not learnt from."""

from __future__ import annotations

import numpy as np
import pytest

from assay.examples.flights.model import THRESHOLD, TRAINED_UNTIL_MS, DelayModel, trained
from assay.examples.flights.questions import Known, known_of
from assay.monitoring.performance import BinaryMetrics, binary_metrics, count_binary

BLIZZARD = ("2013-02-08", "2013-02-09")


@pytest.fixture(scope="module")
def known() -> Known:
    return known_of(2)


@pytest.fixture(scope="module")
def january(known: Known) -> Known:
    return known.part(0, known.before(TRAINED_UNTIL_MS))


@pytest.fixture(scope="module")
def february(known: Known) -> Known:
    return known.part(known.before(TRAINED_UNTIL_MS), len(known))


@pytest.fixture(scope="module")
def model(january: Known) -> DelayModel:
    return trained(january)


def figures(model: DelayModel, known: Known) -> BinaryMetrics:
    scores = model.scores(known)
    return binary_metrics(count_binary((scores >= THRESHOLD).astype(np.int64), scores, known.late))


def test_the_same_rows_give_the_same_weights(january: Known, model: DelayModel) -> None:
    assert np.array_equal(trained(january).weights, model.weights)


def test_flights_it_never_saw_are_told_apart_well_above_chance(model: DelayModel, february: Known) -> None:
    auc = figures(model, february).auc

    assert auc is not None
    assert auc > 0.66


def test_it_is_wrong_less_often_than_saying_that_no_flight_is_late(model: DelayModel, february: Known) -> None:
    accuracy = figures(model, february).accuracy
    landed = february.late[february.late >= 0]

    assert accuracy is not None
    assert accuracy > 1 - landed.mean() + 0.01


def test_chances_mean_what_they_say(model: DelayModel, january: Known, february: Known) -> None:
    errors = [figures(model, each).calibration_error for each in (january, february)]

    assert errors[0] is not None
    assert errors[1] is not None
    assert errors[0] < 0.01
    assert errors[1] < 0.03


def test_one_question_gets_the_chance_that_it_gets_among_many(model: DelayModel, february: Known) -> None:
    few = february.part(0, 50)

    assert [model.score(each.features) for each in few.questions()] == pytest.approx(model.scores(few).tolist())


def test_the_blizzard_made_it_wrong_more_often_than_any_week(model: DelayModel, february: Known) -> None:
    wrong = (model.scores(february) >= THRESHOLD) != (february.late == 1)
    landed = february.late >= 0
    stormy = np.array([each[-20:-10] in BLIZZARD for each in february.ids])

    assert wrong[landed & stormy].mean() > 1.5 * wrong[landed & ~stormy].mean()
