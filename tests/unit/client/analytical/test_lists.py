"""Rankings: an answer is a list, a label is about one item of it, and what is neither is refused."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from assay.api.models.v1 import outcome_pb2, prediction_pb2
from assay.client import Answer, Setting
from assay.client.analytical import AnswerError, Value
from assay.contracts import Contract, Judge
from tests.unit.client.analytical.stage import SETTING, staged
from tests.unit.contracts.analytical.churn import RANKING, contracts

ANA: dict[str, Value] = {"age": 41, "city": "Bern", "spend": 12.5, "is_new": False, "plan": None}
IN_ROWS = replace(RANKING, layout="rows")
RANKED = replace(SETTING, kind="ranking", classes=(), threshold=None, partitions=1)


OF_MODELS = [contracts(RANKING), contracts(IN_ROWS)]
JUDGES = [{each.id: Judge(each) for each in of_model.values()} for of_model in OF_MODELS]
"""Made here, for a judge reads what it needs once, and no loop waits for that."""


@pytest.mark.parametrize(("of_model", "judges"), [*zip(OF_MODELS, JUDGES, strict=True)], ids=["columns", "rows"])
async def test_lists_and_their_labels_keep_the_contracts_of_the_model(
    of_model: dict[str, Contract], judges: dict[str, Judge]
) -> None:
    async with staged(Setting.of(of_model["predictions"], "7", features=of_model.get("features"))) as stage:
        log = stage.log
        good = await log.predict(ANA, Answer(items=("a", "b", "c"), item_scores=(3.0, 2.0, -1.0), latency_ms=12.5))
        await log.predict(ANA, Answer(items=("b",)))
        await log.predict(ANA, Answer(status="error", error_class="ValueError"))
        shown = await log.action(good, "shown", rank=2, item="b")
        await log.outcome(good, "click", action_id=shown, item="b")
        await log.label(good, item="b", value=2.0)
        await log.label(good, item="b", revision=1, is_withdrawn=True)
        await log.flush()

    assert [judges[event.contract].judge(event.value).violations for event in stage.door.events] == [()] * len(
        stage.door.events
    )


async def test_a_batch_has_the_lists_of_its_rows_one_after_another() -> None:
    async with staged(RANKED) as stage:
        for answer in (Answer(items=("a", "b")), Answer(status="timeout"), Answer(items=("c",))):
            await stage.log.predict(ANA, answer)
        await stage.log.predict(ANA, Answer(items=("a", "b"), item_scores=(0.5, 0.25)))
        await stage.log.flush()

    found = {tuple(each.item_counts): (list(each.items), list(each.item_scores)) for each in stage.batches()}
    assert found == {(2, 0, 1): (["a", "b", "c"], []), (2,): (["a", "b"], [0.5, 0.25])}


async def test_a_score_of_an_item_that_is_not_finite_is_an_error_of_the_model() -> None:
    async with staged(replace(RANKED, layout="rows")) as stage:
        await stage.log.predict(ANA, Answer(items=("a", "b"), item_scores=(1.0, math.nan)))
        await stage.log.flush()

    (event,) = stage.of("predictions")
    found = prediction_pb2.Prediction.FromString(event.value)
    assert (found.status, found.error_class, list(found.items)) == ("error", "NotFinite", [])


async def test_an_inference_says_its_list() -> None:
    async with staged(replace(RANKED, layout="rows")) as stage:
        async with stage.log.inference(ANA) as inference:
            inference.items, inference.item_scores = ("b", "a"), (2.0, 1.0)
        await stage.log.flush()

    (event,) = stage.of("predictions")
    found = prediction_pb2.Prediction.FromString(event.value)
    assert (list(found.items), list(found.item_scores)) == (["b", "a"], [2.0, 1.0])


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (Answer(items=("a", "a")), "twice"),
        (Answer(items=("",)), "1 to 128 characters"),
        (Answer(items=("x" * 129,)), "1 to 128 characters"),
        (Answer(items=("a", "b"), item_scores=(1.0,)), "1 item_scores of 2 items"),
        (Answer(item_scores=(1.0,)), "1 item_scores of 0 items"),
        (Answer(items=[str(each) for each in range(1_001)]), "1000 at most"),
    ],
)
async def test_items_that_are_no_list_are_refused(answer: Answer, says: str) -> None:
    async with staged(RANKED) as stage:
        with pytest.raises(AnswerError, match=says):
            await stage.log.predict(ANA, answer)


async def test_a_model_that_is_no_ranking_has_no_items() -> None:
    async with staged() as stage:
        with pytest.raises(AnswerError, match="this is binary"):
            await stage.log.predict(ANA, Answer(items=("a",)))
        with pytest.raises(AnswerError, match="this is binary"):
            await stage.log.label("p", item="a", value=1.0)
        with pytest.raises(AnswerError, match="this is binary"):
            await stage.log.outcome("p", "click", item="a")


@pytest.mark.parametrize(
    ("item", "value", "says"),
    [("", 1.0, "say which"), ("a", None, "a number from 0"), ("a", -1.0, "from 0"), ("a", math.inf, "from 0")],
)
async def test_a_label_of_a_ranking_says_how_relevant_which_item_is(item: str, value: float | None, says: str) -> None:
    async with staged(RANKED) as stage:
        with pytest.raises(AnswerError, match=says):
            await stage.log.label("p", item=item, value=value)


async def test_a_label_of_an_item_says_its_revision() -> None:
    async with staged(RANKED) as stage:
        await stage.log.label("p", item="a", value=3.0, revision=2)
        await stage.log.flush()

    (event,) = stage.of("labels")
    found = outcome_pb2.Label.FromString(event.value)
    assert (found.prediction_id, found.item, found.value, found.revision) == ("p", "a", 3.0, 2)
