"""What users do is added exactly, to whom it belongs, whenever that becomes known."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.api.models.v1 import outcome_pb2, prediction_pb2
from assay.drift.counting.users import exact
from assay.monitoring.experiments.exact import UNIT_BITS, exact_sum
from tests.unit.drift.counting.logs import BEGIN_MS, Book, Logs, stamp, watched
from tests.unit.drift.counting.stories import HOUR_MS, MONITORING

ONE = 1 << UNIT_BITS


def logs_of(tmp_path: Path) -> Logs:
    return Logs(watched(replace(MONITORING, segments=()), layout="rows"), tmp_path, Book(None))


def predict(logs: Logs, variant: str = "a", user: str = "u1") -> None:
    message = prediction_pb2.Prediction(
        prediction_id="p1",
        predicted_at=stamp(BEGIN_MS),
        model_version="1",
        status="ok",
        variant=variant,
        user=user,
    )
    logs.add("predictions", message)


def buy(logs: Logs, **of: str) -> None:
    message = outcome_pb2.Outcome(
        prediction_id="p1",
        observed_at=stamp(BEGIN_MS + HOUR_MS),
        outcome_id="o1",
        name="purchase",
        value=19.9,
        count=3,
        **of,
    )
    logs.add("outcomes", message)


def totals(logs: Logs) -> dict[tuple[str, str, str, str, int], tuple[int, int]]:
    """Totals by version, metric, variant, user and stretch."""
    found: dict[tuple[str, str, str, str, int], tuple[int, int]] = {}
    for pane in logs.panes:
        for each in pane.slices:
            for user in each.users:
                key = (each.model_version, user.metric, user.variant, user.user, each.start_ms // HOUR_MS)
                above, below = found.get(key, (0, 0))
                found[key] = (above + int(user.numerator, 16), below + int(user.denominator, 16))
    return found


BEGIN, LATER = BEGIN_MS // HOUR_MS, (BEGIN_MS + HOUR_MS) // HOUR_MS


@pytest.mark.parametrize("is_first", [True, False], ids=["prediction first", "outcome first"])
async def test_an_outcome_is_of_its_predictions_user_and_variant_whichever_comes_first(
    tmp_path: Path, is_first: bool
) -> None:
    logs = logs_of(tmp_path)
    predict(logs)
    buy(logs)
    topics = [*logs.records] if is_first else [*reversed(logs.records)]
    for topic in topics:
        await logs.start()
        await logs.chunk([(topic, 1)])
        await logs.stop()

    assert totals(logs) == {
        ("", "clicked", "a", "u1", BEGIN): (0, 0),
        ("", "spent", "a", "u1", BEGIN): (0, 0),
        ("", "spent", "a", "u1", LATER): (exact(19.9), 0),
    }


async def test_an_outcome_that_says_whose_it_is_needs_no_prediction(tmp_path: Path) -> None:
    logs = logs_of(tmp_path)
    buy(logs, variant="b", user="u9")

    await logs.undisturbed()

    assert totals(logs) == {("", "spent", "b", "u9", LATER): (exact(19.9), 0)}


@pytest.mark.parametrize(("variant", "user"), [("c", "u1"), ("", "u1"), ("a", "")])
async def test_what_is_of_no_planned_variant_or_of_nobody_adds_nothing(tmp_path: Path, variant: str, user: str) -> None:
    logs = logs_of(tmp_path)
    predict(logs, variant, user)
    buy(logs)

    await logs.undisturbed()

    assert totals(logs) == {}


async def test_a_denominator_counts_how_often_something_happened(tmp_path: Path) -> None:
    logs = logs_of(tmp_path)
    for number in range(2):
        logs.add(
            "actions",
            outcome_pb2.Action(
                prediction_id="p1",
                acted_at=stamp(BEGIN_MS),
                action_id=f"a{number}",
                name="shown",
                variant="a",
                user="u1",
            ),
        )

    await logs.undisturbed()

    assert totals(logs) == {("", "spent", "a", "u1", BEGIN): (0, 2 * ONE)}


@given(st.lists(st.floats(-1e30, 1e30).filter(lambda value: value == 0 or abs(value) >= 1e-30)))
def test_sums_are_those_of_the_engine(values: list[float]) -> None:
    assert sum(map(exact, values)) == exact_sum(np.array(values, dtype=np.float64))


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 1e31, 1e-31])
def test_what_is_no_size_that_can_be_summed_adds_nothing(value: float) -> None:
    assert exact(value) == 0
