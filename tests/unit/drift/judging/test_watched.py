"""What a contract has no more, or has otherwise, is watched no more; all else is judged as if it had never been there."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from assay.api.drift.v1 import window_pb2 as pb
from assay.contracts.analytical import FeatureSchema
from assay.contracts.model_log import Feature
from assay.contracts.monitoring import Monitoring
from assay.drift.judging.scales import Longer
from assay.drift.judging.series import Stretch, judge
from assay.drift.judging.totals import Totals
from assay.drift.models import WatchedModel
from assay.drift.references import Reference
from assay.monitoring.profiles import Table, profile_of
from assay.monitoring.profiles.cells import Cells
from tests.unit.drift.watched import table_of, watched

BOTH = watched(Monitoring(window_s=60, hop_s=60, scales_s=(240,)))
SHIFT, FIRING = 3.0, pb.DRIFT_STATE_FIRING
WINDOWS = 12


def of(*features: Feature) -> WatchedModel:
    return replace(BOTH, schema=FeatureSchema(features))


def held_to(name: str, table: Table) -> Reference:
    return Reference(name, "churn", "", profile_of(table), (), "set", 0)


def without(name: str, table: Table) -> Table:
    return {each: column for each, column in table.items() if each != name}


WHOLE = held_to("whole", table_of(8_000, 1))
TENURE = held_to("tenure", without("plan", table_of(8_000, 1)))


def told(models: list[WatchedModel], reference: Reference, lost: str = "") -> list[list[pb.FeatureVerdict]]:
    """What windows say, each by its own model; `tenure` moves, and a feature that was lost is missing."""
    state, seen, found = b"", list[Cells](), []
    for number, model in enumerate(models):
        table = table_of(2_000, number + 2, SHIFT)
        cells = reference.profile.count(without(lost, table))
        seen.append(cells)
        stretch = Stretch(240_000 + 60_000 * number, 300_000 + 60_000 * number, number)
        longer = []
        if number % 4 == 3:
            longer, seen = [Longer(240, stretch.start_ms - 180_000, totals(reference, seen))], []
        window, state = judge(model, reference, stretch, totals(reference, [cells]), state, longer=longer)
        found.append(list(window.features))
        assert window.reference == reference.id
    return found


def totals(reference: Reference, cells: list[Cells]) -> Totals:
    return Totals({reference.id: sum(cells[1:], cells[0])}, hours={reference.id: np.full(168, 12)})


def test_a_feature_that_the_contract_lost_moves_nothing() -> None:
    found = told([of(Feature("tenure"))] * WINDOWS, WHOLE, lost="plan")

    assert found == told([BOTH] * WINDOWS, TENURE)
    assert [each.feature for each in found[-1]] == ["tenure"]
    assert found[-1][0].state == FIRING


@pytest.mark.parametrize("lost", ["plan", "tenure"])
def test_a_feature_whose_type_is_another_is_not_watched(lost: str) -> None:
    kinds = {"plan": Feature("plan"), "tenure": Feature("tenure", "string")}
    schema = [kinds[each.name] if each.name == lost else each for each in BOTH.schema.features]

    found = told([of(*schema)] * WINDOWS, WHOLE, lost=lost)

    assert {each.feature for window in found for each in window} == {"plan", "tenure"} - {lost}


def test_what_is_left_is_judged_by_itself_until_the_feature_comes_back() -> None:
    found = told([BOTH] * 4 + [of(Feature("tenure"))] * 4 + [BOTH] * 4, WHOLE)

    assert [len(each) for each in found] == [2] * 4 + [1] * 4 + [2] * 4
    assert [found[last][0].state for last in (3, 7, 11)] == [FIRING] * 3


def test_with_nothing_left_nothing_is_said() -> None:
    assert told([of(Feature("other"))] * 2, WHOLE) == [[], []]
