"""What the delay model is asked: only what is known as a flight is due to leave."""

from __future__ import annotations

import math

import numpy as np
import pytest

from assay.examples.flights import Departure, departures
from assay.examples.flights.questions import NUMBERS, WORDS, Known, Question, known_of


@pytest.fixture(scope="module")
def flights() -> list[Departure]:
    return list(departures(1))


@pytest.fixture(scope="module")
def known() -> Known:
    return known_of(1)


@pytest.fixture(scope="module")
def questions(known: Known) -> list[Question]:
    return list(known.questions())


def test_each_departure_is_a_question_of_its_own_in_the_same_order(
    flights: list[Departure], questions: list[Question]
) -> None:
    assert len({each.prediction_id for each in questions}) == len(flights)
    assert [each.prediction_id.rsplit("-", 3)[0].split("-")[0] for each in questions] == [each.key for each in flights]


def test_the_first_flight_of_the_year_is_known_by_hand(questions: list[Question]) -> None:
    assert questions[0] == Question(
        prediction_id="UA1545-EWR-2013-01-01T10:15:00Z",
        at_ms=1_357_035_300_000,
        features={
            "carrier": "UA", "origin": "EWR", "hour": 5, "distance": 1400, "wind_speed": 12.658579999999999,
            "visibility": 10, "precipitation": 0, "recent_delay": None,
        },
        is_late=False,
        landed_ms=1_357_035_300_000 + (2 + 227) * 60_000,
    )  # fmt: skip


def test_a_flight_that_never_came_where_it_was_to_go_has_no_answer(
    flights: list[Departure], questions: list[Question]
) -> None:
    nowhere = [each.record["arr_delay"] is None for each in flights]

    assert [each.is_late is None for each in questions] == nowhere
    assert [each.landed_ms is None for each in questions] == nowhere


def test_the_recent_delay_is_the_mean_of_those_that_had_left(flights: list[Departure], known: Known) -> None:
    by_hand = _recent_delays(flights, known)

    assert np.allclose(known.numbers["recent_delay"], by_hand, equal_nan=True)
    assert np.isnan(by_hand).mean() < 0.05


def test_no_feature_tells_what_happens_after_the_flight_was_due(known: Known) -> None:
    """Cut the year short, and what was known before does not change."""
    year = known_of(2)

    for name in NUMBERS:
        assert np.array_equal(year.numbers[name][: len(known)], known.numbers[name], equal_nan=True)
    assert [year.words[name][: len(known)] for name in WORDS] == [known.words[name] for name in WORDS]


def _recent_delays(flights: list[Departure], known: Known) -> list[float]:
    """Flights that left the same airport in the two hours before each, counted one by one."""
    gone: dict[str, list[tuple[int, int]]] = {}
    for flight, at_ms in zip(flights, known.at_ms.tolist(), strict=True):
        delay = flight.record["dep_delay"]
        if isinstance(delay, int):
            gone.setdefault(str(flight.record["origin"]), []).append((at_ms + delay * 60_000, delay))
    found = []
    for flight, at_ms in zip(flights, known.at_ms.tolist(), strict=True):
        recent = [d for left, d in gone[str(flight.record["origin"])] if at_ms - 7_200_000 <= left < at_ms]
        found.append(sum(recent) / len(recent) if len(recent) >= 3 else math.nan)
    return found
