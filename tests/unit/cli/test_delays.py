"""The delay model in the demo: what is asked beside which flight, and a recount of it with the engine of the service."""

from __future__ import annotations

import pytest

from assay.cli.demo.delays import Delays, read_delays
from assay.cli.demo.rewatch import recounted_days
from assay.contracts.monitoring import Monitoring
from assay.examples.flights import departures

DAYS = Monitoring(window_s=86_400, hop_s=86_400)


@pytest.fixture(scope="module")
def delays() -> Delays:
    return read_delays(2)


def test_each_question_goes_beside_its_own_flight(delays: Delays) -> None:
    pairs = [*zip(departures(2), delays.by_departure(), strict=True)]

    asked = [(row, question) for row, question in pairs if question is not None]
    assert len(pairs) - len(asked) == delays.learnt_from
    assert all(
        question.prediction_id == f"{row.key}-{row.record['origin']}-{row.record['scheduled_departure']}"
        for row, question in asked
    )


def test_a_recount_has_each_question_on_its_day_and_leaves_the_last_day_open(delays: Delays) -> None:
    days = recounted_days(delays, delays.model.scores(delays.asked).tolist(), DAYS)

    assert [day.day for day in days] == [*(f"2013-02-{day:02}" for day in range(1, 29)), "2013-03-01"]
    assert [day.is_complete for day in days] == [True] * 28 + [False]
    assert sum(day.rows for day in days) == len(delays.asked)
    assert sum(day.labelled for day in days) == int((delays.asked.late >= 0).sum())


def test_the_recount_fires_first_on_the_second_day_of_the_blizzard(delays: Delays) -> None:
    days = recounted_days(delays, delays.model.scores(delays.asked).tolist(), DAYS)

    first = next(day for day in days if day.firing)
    assert (first.day, [each.feature for each in first.firing]) == ("2013-02-09", ["recent_delay"])
