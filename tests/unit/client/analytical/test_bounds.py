"""What a row may say: what can't be logged is refused where it is said, and neither ends the block nor spoils a batch."""

from __future__ import annotations

import decimal
import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from assay.client import Answer, ClientError, Setting
from assay.client.analytical import AnswerError, Buffer, Feature, FeatureError, FeatureSchema, SettingError, Value
from assay.client.analytical.features import packed
from assay.contracts import Judge
from tests.unit.client.analytical.stage import NOW_MS, SETTING, staged
from tests.unit.contracts.analytical.churn import CHURN, ROWS, contracts

ANA: dict[str, Value] = {"age": 41, "city": "Bern"}
ONE = replace(SETTING, partitions=1)
LONG = Buffer(linger_ms=60_000)
IN_COLUMNS, IN_ROWS = contracts(replace(CHURN, classes=())), contracts(replace(ROWS, classes=()))
OF_COLUMNS, OF_ROWS = Judge(IN_COLUMNS["predictions"]), Judge(IN_ROWS["predictions"])
"""Made here, for a judge reads what it needs once, and no loop waits for that."""

ODD: list[dict[str, Any]] = [
    {"score": "0.5"},
    {"score": 10**400},
    {"label": "\ud800"},
    {"label": 1},
    {"probabilities": (math.nan,)},
    {"probabilities": ("0.5",)},
    {"probabilities": 0.5},
    {"probabilities": (0.0001,) * 10_001},
    {"latency_ms": "1"},
    {"latency_ms": 10**400},
    {"latency_ms": math.nan},
    {"latency_ms": -1.0},
    {"features_ms": math.inf},
    {"features_ms": -1.0},
    {"status": "fine"},
    {"error_class": "E" * 300},
    {"entity": "e" * 300},
    {"user": "u" * 300},
    {"user": None},
    {"variant": "\ud800"},
    {"variant": "v" * 2_000_000},
    {"experiment": "x" * 257},
    {"items": (1,)},
    {"items": 1},
]


@pytest.mark.parametrize("odd", ODD, ids="-".join)
async def test_an_answer_that_no_record_can_say_is_refused_and_the_block_goes_on(odd: dict[str, Any]) -> None:
    async with staged(replace(ONE, classes=())) as stage:
        await stage.log.predict(ANA, Answer(0.5))
        with pytest.raises(AnswerError):
            await stage.log.predict(ANA, Answer(**odd))
        await stage.log.predict(ANA, Answer(0.5))
        await stage.log.flush()

    assert stage.log.stats().handed == 2


@pytest.mark.parametrize(
    "odd", [{"at_ms": 10**22}, {"at_ms": -(10**14)}, {"at_ms": math.nan}, {"prediction_id": "i" * 129}]
)
async def test_an_id_or_a_time_that_no_record_can_have_is_refused(odd: dict[str, Any]) -> None:
    async with staged() as stage:
        with pytest.raises(AnswerError):
            await stage.log.predict(ANA, Answer(0.5), **odd)

    assert stage.door.events == []


async def test_a_time_may_be_a_fraction_of_milliseconds() -> None:
    async with staged() as stage:
        await stage.log.predict(ANA, Answer(0.5), at_ms=NOW_MS + 0.75)  # type: ignore[arg-type]  # time.time() * 1000

    (batch,) = stage.batches()
    assert batch.predicted_at.ToMilliseconds() == NOW_MS


async def test_numbers_of_other_libraries_are_numbers() -> None:
    answer = Answer(np.float32(0.5), "yes", np.array([0.25, 0.75]), decimal.Decimal("1.5"), np.int64(2))  # type: ignore[arg-type]  # as users have them
    async with staged() as stage:
        await stage.log.predict({"age": np.int64(41), "is_new": np.bool_(True)}, answer)  # type: ignore[dict-item]  # so have they these

    (batch,) = stage.batches()
    assert [*batch.scores, *batch.probabilities, *batch.latencies_ms, *batch.features_ms] == [0.5, 0.25, 0.75, 1.5, 2.0]


@pytest.mark.parametrize(
    "value",
    [10**400, [1], b"12", 1.9, {}, np.array([1.0, 2.0])],
    ids=["large", "list", "bytes", "part", "dict", "array"],
)
def test_a_feature_that_is_no_number_of_its_type_is_refused_by_name(value: Any) -> None:
    with pytest.raises(FeatureError, match="feature 'age' is"):
        packed(FeatureSchema((Feature("age", "integer"),)), {"age": value})


def test_a_feature_with_half_a_character_is_refused_by_name() -> None:
    with pytest.raises(FeatureError, match="feature 'city' has"):
        packed(FeatureSchema((Feature("city", "string"),)), {"city": "\ud800"})


async def test_lists_that_the_caller_uses_again_are_logged_as_they_were() -> None:
    shares = [0.25, 0.75]
    async with staged(ONE, LONG) as stage:
        await stage.log.predict(ANA, Answer(0.75, probabilities=shares))
        shares[:] = 0.5, 0.5
        await stage.log.predict(ANA, Answer(0.5, probabilities=shares))
        await stage.log.flush()

    assert [[*each.probabilities] for each in stage.batches()] == [[0.25, 0.75, 0.5, 0.5]]


@pytest.mark.parametrize(("contract", "judge"), [(IN_COLUMNS, OF_COLUMNS), (IN_ROWS, OF_ROWS)], ids=["columns", "rows"])
async def test_whatever_a_row_says_at_its_bounds_keeps_the_contract(contract: dict[str, Any], judge: Judge) -> None:
    setting = Setting.of(contract["predictions"], "7", features=contract.get("features"))
    word = "\N{GRINNING FACE}" * 256
    full = Answer(1.0, word, (0.0, 1.0) * 128, 0.0, 1e308, "refused", word, True, word, word, word, word)
    async with staged(setting, LONG) as stage:
        for at_ms in (-62_135_596_800_000, 253_402_300_799_999):
            await stage.log.predict(ANA, full, prediction_id="\N{GRINNING FACE}" * 128, at_ms=at_ms)
        await stage.log.flush()

    events = stage.of("predictions")
    assert events
    assert [judge.judge(event.value).violations for event in events] == [()] * len(events)


async def test_many_probabilities_of_a_model_without_classes_keep_its_contract() -> None:
    setting = replace(Setting.of(IN_COLUMNS["predictions"], "7"), partitions=3)
    async with staged(setting, LONG) as stage:
        for _ in range(1_200):
            await stage.log.predict({}, Answer(0.5, probabilities=(0.03125,) * 30))
        await stage.log.flush()

    assert stage.log.stats().handed == 1_200
    assert [OF_COLUMNS.judge(event.value).violations for event in stage.of("predictions")] == [()] * len(
        stage.batches()
    )


async def test_more_probabilities_than_a_row_may_have_are_refused() -> None:
    async with staged(replace(SETTING, classes=(), layout="rows")) as stage:
        with pytest.raises(AnswerError, match="takes 256 at most"):
            await stage.log.predict(ANA, Answer(0.5, probabilities=(0.0,) * 257))


@pytest.mark.parametrize("rows", [0, 10_001])
def test_a_batch_has_no_more_rows_than_its_contract_takes(rows: int) -> None:
    with pytest.raises(ValueError, match="batch_rows is 1 to 10000"):
        Buffer(batch_rows=rows)


async def test_a_variant_counts_for_the_size_of_its_batch() -> None:
    async with staged(replace(ONE, record_limit_bytes=2048)) as stage:
        with pytest.raises(ClientError, match="bytes, the limit is"):
            await stage.log.predict(ANA, Answer(0.5, variant="\N{GRINNING FACE}" * 256))


async def test_rows_that_make_no_batch_are_dropped_and_counted_and_the_block_goes_on() -> None:
    unsayable = replace(ONE)
    object.__setattr__(unsayable, "threshold", "much")  # past its own check, as a fault of ours would come
    async with staged(unsayable) as stage:
        await stage.log.predict(ANA, Answer(0.5))
        await stage.log.flush()
        await stage.log.predict(ANA, Answer(0.5))

    assert (stage.log.stats().handed, stage.log.stats().waiting, stage.log.stats().dropped) == (0, 0, 2)


@pytest.mark.parametrize(
    ("odd", "message"),
    [
        ({"version": ""}, "version is a text of 1 to 256 characters"),
        ({"version": 7}, "version is a text of 1 to 256 characters"),
        ({"version": "7" * 257}, "version is a text of 1 to 256 characters"),
        ({"deployment": "d" * 257}, "deployment is a text of 0 to 256 characters"),
        ({"environment": "\ud800"}, "environment is a text of 0 to 256 characters"),
        ({"threshold": math.nan}, "threshold is a finite number, or None"),
        ({"threshold": "0.5"}, "threshold is a finite number, or None"),
    ],
)
def test_what_no_record_can_say_is_refused_before_the_first_row(odd: dict[str, Any], message: str) -> None:
    with pytest.raises(SettingError) as refused:
        replace(SETTING, **odd)

    assert str(refused.value) == message


@pytest.mark.parametrize("value", [0.3, 2, -1])
def test_a_number_is_no_boolean(value: float) -> None:
    schema = FeatureSchema((Feature("paid", "boolean"),))

    with pytest.raises(FeatureError, match="feature 'paid' is neither true nor false, its type is boolean"):
        packed(schema, {"paid": value})


@pytest.mark.parametrize("value", [True, False, 1, 0.0, np.True_, None, math.nan])
def test_what_is_a_boolean_is_taken_as_it_comes(value: Value) -> None:
    packed(FeatureSchema((Feature("paid", "boolean"),)), {"paid": value})
