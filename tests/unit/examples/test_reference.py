"""What the delay model is held to, and that a blizzard is what moves away from it."""

from __future__ import annotations

import numpy as np
import pytest

from assay.examples.flights.model import TRAINED_UNTIL_MS, DelayModel, trained
from assay.examples.flights.questions import NUMBERS, WORDS, Known, known_of
from assay.examples.flights.reference import LABEL, SCORE, Reference, reference_of, table_of
from assay.monitoring.checking import check, windows_of_time
from assay.monitoring.performance.papers import read_performance
from assay.monitoring.profiles.papers import profile_from_json
from assay.monitoring.verdicts import State, q_for


@pytest.fixture(scope="module")
def known() -> Known:
    return known_of(2)


@pytest.fixture(scope="module")
def model(known: Known) -> DelayModel:
    return trained(known.part(0, known.before(TRAINED_UNTIL_MS)))


@pytest.fixture(scope="module")
def reference(known: Known, model: DelayModel) -> Reference:
    return reference_of(known.part(0, known.before(TRAINED_UNTIL_MS)), model)


def test_it_has_the_features_and_the_answers(reference: Reference) -> None:
    assert set(reference.profile.names) == {*WORDS, *NUMBERS, SCORE, LABEL}
    assert not reference.profile.notes
    assert reference.profile.dispersion is not None


def test_it_has_a_day_for_each_day_and_every_row_once(known: Known, reference: Reference) -> None:
    asked = known.before(TRAINED_UNTIL_MS)

    assert len(reference.days) == 31
    assert sum(day.n for day in reference.days) == reference.profile.cells.rows == asked
    assert sum(day.labelled for day in reference.days) == int((known.late[:asked] >= 0).sum())


def test_what_goes_by_the_hour_is_held_to_its_hours(reference: Reference) -> None:
    seasons = reference.profile.seasons

    assert seasons is not None
    by_hour = {reference.profile.names[line] for line in seasons.lines}
    assert {"hour", "recent_delay", SCORE} <= by_hour
    assert not by_hour & {"precipitation", "visibility", "wind_speed", LABEL}


def test_its_papers_are_read_back_as_they_were(reference: Reference) -> None:
    profile, performance = reference.papers()

    assert np.array_equal(profile_from_json(profile.decode()).cells.counts, reference.profile.cells.counts)
    assert read_performance(performance) == reference.days


def test_nothing_fires_before_the_blizzard_and_the_delays_at_the_airport_do_in_it(
    known: Known, model: DelayModel, reference: Reference
) -> None:
    february = known.part(known.before(TRAINED_UNTIL_MS), len(known))
    windows = windows_of_time(february.at_ms / 1000, 86_400)
    table = table_of(february, model.scores(february))
    q = q_for(1.0, len(reference.profile.names), 30)

    fired = [
        (window.window + 1, verdict.column)
        for window in check(reference.profile, table, windows, q, moments_s=february.at_ms / 1000)
        for verdict in window.verdicts()
        if verdict.state is State.FIRING
    ]

    assert min(fired) == (9, "recent_delay")
    assert {column for day, column in fired if day <= 13} == {"recent_delay"}
