"""The delay model at work: each flight is answered once, in the order of time, and told the truth about once."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from assay.api.models.v1.outcome_pb2 import Label
from assay.api.models.v1.prediction_pb2 import PredictionBatch
from assay.client import Setting
from assay.client.analytical import features_of
from assay.contracts import Contract, Judge, load
from assay.examples.flights import CONTRACTS
from assay.examples.flights.desk import Desk, label_of
from assay.examples.flights.model import MODEL, TRAINED_UNTIL_MS, VERSION, DelayModel, trained
from assay.examples.flights.questions import Known, known_of
from tests.unit.client.analytical.stage import Stage, staged

FIRST = 400


@pytest.fixture(scope="module")
def known() -> Known:
    return known_of(2)


@pytest.fixture(scope="module")
def model(known: Known) -> DelayModel:
    return trained(known.part(0, known.before(TRAINED_UNTIL_MS)))


@pytest.fixture(scope="module")
def asked(known: Known) -> Known:
    start = known.before(TRAINED_UNTIL_MS)
    return known.part(start, start + FIRST)


@pytest.fixture(scope="module")
def contracts() -> Mapping[str, Contract]:
    found = (load((CONTRACTS / f"{MODEL}.{role}.odcs.yaml").read_bytes()) for role in ("predictions", "labels"))
    return {contract.id: contract for contract in found}


@pytest.fixture(scope="module")
def judges(contracts: Mapping[str, Contract]) -> Mapping[str, Judge]:
    return {name: Judge(contract) for name, contract in contracts.items()}


async def logged(stage: Stage, model: DelayModel, asked: Known) -> Desk:
    desk = Desk(stage.log, model)
    for question in asked.questions():
        await desk.ask(question)
    await desk.close()
    await stage.log.flush()
    return desk


async def test_each_question_is_answered_once_and_each_landing_told_once(
    model: DelayModel, asked: Known, contracts: Mapping[str, Contract]
) -> None:
    async with staged(Setting.of(contracts[f"{MODEL}.predictions"], VERSION)) as stage:
        desk = await logged(stage, model, asked)

    events = stage.door.events
    batches = [PredictionBatch.FromString(each.value) for each in events if each.contract == f"{MODEL}.predictions"]
    labels = [Label.FromString(each.value) for each in events if each.contract == f"{MODEL}.labels"]
    said = dict(zip(asked.ids, asked.late.tolist(), strict=True))
    assert sorted(name for each in batches for name in each.prediction_ids) == sorted(asked.ids)
    assert {each.prediction_id: each.label for each in labels} == {
        name: ("in_time", "late")[late] for name, late in said.items() if late >= 0
    }
    assert (len(desk.scores), desk.labelled, len(labels)) == (FIRST, len(labels), sum(asked.late >= 0))
    landed = dict(zip(asked.ids, asked.landed_ms.tolist(), strict=True))
    assert all(each.labelled_at.ToMilliseconds() == landed[each.prediction_id] for each in labels)


async def test_what_is_logged_keeps_the_contracts(
    model: DelayModel, asked: Known, contracts: Mapping[str, Contract], judges: Mapping[str, Judge]
) -> None:
    async with staged(Setting.of(contracts[f"{MODEL}.predictions"], VERSION)) as stage:
        await logged(stage, model, asked.part(0, 50))

    assert {judges[each.contract].judge(each.value).accepted for each in stage.door.events} == {True}


async def test_features_and_answers_come_as_the_model_had_them(
    model: DelayModel, asked: Known, contracts: Mapping[str, Contract]
) -> None:
    few = asked.part(0, 50)
    setting = Setting.of(contracts[f"{MODEL}.predictions"], VERSION)
    async with staged(setting) as stage:
        desk = await logged(stage, model, few)

    found: dict[str, tuple[float, str, object]] = {}
    for event in stage.door.events:
        if event.contract == f"{MODEL}.predictions":
            batch = PredictionBatch.FromString(event.value)
            rows = zip(batch.scores, batch.labels, features_of(batch.features, setting.features), strict=True)
            found |= dict(zip(batch.prediction_ids, rows, strict=True))
            assert all(each > 0 for each in batch.latencies_ms)
    assert found == {
        each.prediction_id: (score, label_of(score), each.features)
        for each, score in zip(few.questions(), desk.scores, strict=True)
    }
