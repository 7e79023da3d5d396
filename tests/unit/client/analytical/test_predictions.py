"""A log of predictions: rows travel in batches of one partition, keep their contract, and are never lost silently."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Mapping
from dataclasses import replace

import pytest

from assay.api.models.v1 import outcome_pb2, prediction_pb2
from assay.client import Answer, ProducerClosedError, RecordTooLargeError, Setting
from assay.client.analytical import (
    AnswerError,
    Buffer,
    FeatureError,
    NoModelError,
    RecordLimitError,
    Value,
    current_inference,
    features_of,
    partition_of,
)
from assay.contracts import Contract, Judge
from assay.telemetry.trace import span
from tests.unit.client.analytical.stage import NOW_MS, SETTING, Stage, staged
from tests.unit.contracts.analytical.churn import CHURN, FEATURES, ROWS, contracts

ANA: dict[str, Value] = {"age": 41, "city": "Bern", "spend": 12.5, "is_new": False, "plan": None}
LONG = Buffer(linger_ms=60_000)
IN_ROWS = replace(SETTING, layout="rows")
OF_COLUMNS, OF_ROWS = contracts(CHURN), contracts(ROWS)
JUDGES = [{each.id: Judge(each) for each in of_model.values()} for of_model in (OF_COLUMNS, OF_ROWS)]


async def test_rows_of_a_batch_belong_to_the_partition_of_its_key() -> None:
    async with staged(buffer=LONG) as stage:
        ids = [await stage.log.predict(ANA, Answer(0.7, "yes")) for _ in range(200)]
        await stage.log.flush()

    assert sorted(name for each in stage.batches() for name in each.prediction_ids) == sorted(ids)
    for event, each in zip(stage.of("predictions"), stage.batches(), strict=True):
        assert event.key.decode() == each.prediction_id == each.prediction_ids[0]
        assert len({partition_of(name, 3) for name in each.prediction_ids}) == 1
    assert len(stage.batches()) == 3


@pytest.mark.parametrize(
    ("of_model", "judges"), [*zip((OF_COLUMNS, OF_ROWS), JUDGES, strict=True)], ids=["columns", "rows"]
)
async def test_all_that_is_logged_keeps_the_contracts_of_the_model(
    of_model: Mapping[str, Contract], judges: Mapping[str, Judge]
) -> None:
    async with staged(Setting.of(of_model["predictions"], "7", features=of_model.get("features"))) as stage:
        log = stage.log
        good = await log.predict(ANA, Answer(0.7, "yes", (0.3, 0.7), 12.5, 3.0, entity="e", user="u", variant="b"))
        await log.predict({}, Answer(status="error", error_class="ValueError", latency_ms=1.0))
        await log.predict(ANA, Answer(0.1, "no", is_fallback=True))
        shown = await log.action(good, "shown", is_exposed=True, rank=1, slot="top", overridden_by="rule", user="u")
        await log.outcome(good, "purchase", value=9.5, currency="EUR", count=1, action_id=shown, variant="b")
        await log.label(good, label="yes", source="human", confidence=0.9)
        await log.label(good, revision=1, is_withdrawn=True)
        await log.skew(good, "age", online=41, offline=42.0, earlier=41, as_of_ms=NOW_MS)
        await log.skew(good, "city", online="Bern", offline=None)
        await log.flush()

    assert {event.contract for event in stage.door.events} == judges.keys()
    assert [judges[event.contract].judge(event.value).violations for event in stage.door.events] == [()] * len(
        stage.door.events
    )


async def test_what_came_of_a_prediction_has_its_key() -> None:
    async with staged() as stage:
        name = await stage.log.predict(ANA, Answer(0.7))
        await stage.log.action(name, "shown")
        await stage.log.outcome(name, "click")
        await stage.log.label(name, label="yes")
        await stage.log.skew(name, "age", online=1, offline=1)
        await stage.log.flush()

    assert {event.key.decode() for event in stage.door.events} == {name}
    assert len({event.event_id for event in stage.door.events}) == 5


async def test_a_batch_has_times_and_features_of_each_row() -> None:
    async with staged(buffer=LONG) as stage:
        for number, name in enumerate(("p4", "p9")):
            await stage.log.predict({"age": number}, Answer(0.5), prediction_id=name, at_ms=NOW_MS - number)
        await stage.log.flush()

    found = {
        name: (each.predicted_at.ToMilliseconds() + offset, features["age"])
        for each in stage.batches()
        for name, offset, features in zip(
            each.prediction_ids, each.offsets_ms, features_of(each.features, FEATURES), strict=True
        )
    }
    assert found == {"p4": (NOW_MS, 0), "p9": (NOW_MS - 1, 1)}


async def test_rows_with_and_without_a_score_share_no_batch() -> None:
    async with staged(replace(SETTING, partitions=1), LONG) as stage:
        await stage.log.predict(ANA, Answer(0.5))
        await stage.log.predict(ANA, Answer(status="timeout"))
        await stage.log.predict(ANA, Answer(0.6, variant="b"))
        await stage.log.flush()

    found = sorted((each.variant, len(each.prediction_ids), len(each.scores)) for each in stage.batches())
    assert found == [("", 1, 0), ("", 1, 1), ("b", 1, 1)]


async def test_a_score_that_is_not_finite_is_an_error_of_the_model() -> None:
    async with staged(IN_ROWS) as stage:
        await stage.log.predict(ANA, Answer(math.nan))
        assert await stage.answers() == [("error", "NotFinite")]


async def test_rows_leave_when_they_have_lingered() -> None:
    async with staged(buffer=Buffer(linger_ms=1)) as stage:
        await stage.log.predict(ANA, Answer(0.5))
        await stage.door.taken.wait()

    assert len(stage.batches()) == 1


async def test_a_full_batch_does_not_linger() -> None:
    async with staged(replace(SETTING, partitions=1), Buffer(batch_rows=2, linger_ms=60_000)) as stage:
        for _ in range(2):
            await stage.log.predict(ANA, Answer(0.5))
        await stage.door.taken.wait()

    assert [len(each.prediction_ids) for each in stage.batches()] == [2]


async def test_leaving_the_block_delivers_what_waits() -> None:
    async with staged(buffer=LONG) as stage:
        for _ in range(10):
            await stage.log.predict(ANA, Answer(0.5))

    assert sum(len(each.prediction_ids) for each in stage.batches()) == 10
    assert (stage.log.stats().handed, stage.log.stats().waiting, stage.log.stats().dropped) == (10, 0, 0)


async def test_a_block_that_fails_delivers_what_waits_too() -> None:
    stages: list[Stage] = []

    async def fail() -> None:
        async with staged(buffer=LONG) as stage:
            stages.append(stage)
            await stage.log.predict(ANA, Answer(0.5))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert len(stages[0].batches()) == 1


async def test_without_room_a_row_is_dropped_and_counted_where_the_buffer_says_so() -> None:
    async with staged(buffer=Buffer(rows=2, linger_ms=60_000, when_full="drop")) as stage:
        for _ in range(5):
            await stage.log.predict(ANA, Answer(0.5))
        assert (stage.log.stats().waiting, stage.log.stats().dropped) == (2, 3)


async def test_without_room_a_row_waits_else() -> None:
    async with staged(replace(SETTING, partitions=1), Buffer(batch_rows=1, rows=1), buffer_events=1) as stage:
        stage.door.open.clear()
        await stage.log.predict(ANA, Answer(0.5))
        await stage.door.called.wait()
        await stage.log.predict(ANA, Answer(0.5))
        waiting = asyncio.create_task(stage.log.predict(ANA, Answer(0.5)))
        done, _ = await asyncio.wait([waiting], timeout=0.05)
        stage.door.open.set()
        await waiting

    assert not done
    assert stage.log.stats() == replace(stage.log.stats(), handed=3, waiting=0, dropped=0)


async def test_rows_that_wait_are_bounded_in_bytes_too() -> None:
    async with staged(buffer=Buffer(linger_ms=60_000, when_full="drop", size_bytes=100_000)) as stage:
        for _ in range(5):
            await stage.log.predict({"city": "x" * 60_000}, Answer(0.5))
        assert (stage.log.stats().waiting, stage.log.stats().dropped) == (2, 3)
        await stage.log.flush()
        await stage.log.predict(ANA, Answer(0.5))

    assert stage.log.stats().handed == 3


@pytest.mark.parametrize("setting", [SETTING, IN_ROWS], ids=["columns", "rows"])
async def test_a_flush_that_is_cancelled_loses_no_row_and_no_room(setting: Setting) -> None:
    buffer = Buffer(rows=10, linger_ms=60_000)
    async with staged(replace(setting, partitions=1), buffer, buffer_events=1) as stage:
        stage.door.open.clear()
        await stage.log.label("other", label="yes")  # the producer has no more room
        ids = [await stage.log.predict(ANA, Answer(0.5)) for _ in range(10)]
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(stage.log.flush(), 0.05)
        waiting = stage.log.stats().waiting
        stage.door.open.set()
        await stage.log.flush()
        ids.append(await stage.log.predict(ANA, Answer(0.5)))

    assert waiting == 10
    assert stage.log.stats() == replace(stage.log.stats(), handed=11, waiting=0, dropped=0)
    if setting is IN_ROWS:
        assert [event.key.decode() for event in stage.of("predictions")] == ids
        assert [event.key.decode() for event in stage.of("features")] == ids
    else:
        assert [name for each in stage.batches() for name in each.prediction_ids] == ids


async def test_what_waits_for_room_when_the_block_fails_is_told_so() -> None:
    waiting: list[asyncio.Task[str]] = []
    stages: list[Stage] = []

    async def fail() -> None:
        async with staged(buffer=Buffer(rows=1, linger_ms=60_000), buffer_events=1) as stage:
            stages.append(stage)
            stage.door.open.clear()
            await stage.log.label("other", label="yes")
            await stage.log.predict(ANA, Answer(0.5))
            waiting.append(asyncio.create_task(stage.log.predict(ANA, Answer(0.5))))
            await asyncio.sleep(0)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    with pytest.raises(ProducerClosedError):
        await asyncio.wait_for(waiting[0], 1)
    assert stages[0].log.stats() == replace(stages[0].log.stats(), handed=0, waiting=0, dropped=1)


async def test_records_that_hold_no_row_are_refused_when_the_log_is_made() -> None:
    with pytest.raises(RecordLimitError, match=r"churn\.predictions may have 1024 bytes"):
        async with staged(replace(SETTING, record_limit_bytes=1024)):
            pass


async def test_nothing_is_logged_after_the_block() -> None:
    async with staged() as stage:
        pass
    with pytest.raises(ProducerClosedError):
        await stage.log.predict(ANA, Answer(0.5))


@pytest.mark.parametrize(
    "answer", [Answer(0.5, "maybe"), Answer(0.5, probabilities=(1.2, -0.2)), Answer(0.5, probabilities=(1.0,))]
)
async def test_an_answer_that_would_spoil_its_batch_is_refused(answer: Answer) -> None:
    async with staged() as stage:
        with pytest.raises(AnswerError):
            await stage.log.predict(ANA, answer)

    assert stage.door.events == []


async def test_a_row_that_fits_no_batch_is_refused() -> None:
    async with staged() as stage:
        with pytest.raises(RecordTooLargeError, match=r"churn\.predictions"):
            await stage.log.predict({"city": "x" * 300_000}, Answer(0.5))


async def test_a_contract_of_small_records_makes_small_batches() -> None:
    async with staged(replace(SETTING, partitions=1, record_limit_bytes=4096), LONG) as stage:
        for _ in range(100):
            await stage.log.predict(ANA, Answer(0.5))

    assert sum(len(each.prediction_ids) for each in stage.batches()) == 100
    assert max(len(event.value) + len(event.key) for event in stage.of("predictions")) <= 4096


async def test_many_large_rows_travel_in_several_batches() -> None:
    async with staged(replace(SETTING, partitions=1), LONG) as stage:
        for _ in range(10):
            await stage.log.predict({"city": "x" * 60_000}, Answer(0.5))

    assert sum(len(each.prediction_ids) for each in stage.batches()) == 10
    assert max(len(event.value) for event in stage.of("predictions")) <= 256 * 1024


async def failing(stage: Stage, name: str, error: BaseException) -> None:
    async with stage.log.inference(ANA, prediction_id=name) as found:
        found.score = 0.5
        raise error


async def test_an_inference_is_timed_and_what_it_raises_is_its_status() -> None:
    async with staged(IN_ROWS) as stage:
        async with stage.log.inference(ANA, prediction_id="1") as found:
            found.score = 0.5
            assert current_inference() is found
        for name, error in (("2", ValueError()), ("3", TimeoutError()), ("4", asyncio.CancelledError())):
            with pytest.raises(type(error)):
                await failing(stage, name, error)
        answers = await stage.answers()

    assert current_inference() is None
    assert answers == [
        ("ok", ""),
        ("error", "ValueError"),
        ("timeout", "TimeoutError"),
        ("cancelled", "CancelledError"),
    ]
    logged = [prediction_pb2.Prediction.FromString(event.value) for event in stage.of("predictions")]
    assert [each.HasField("score") for each in logged].count(True) == 1
    assert all(each.latency_ms > 0 for each in logged)


@pytest.mark.parametrize("error", [KeyError(), asyncio.CancelledError()])
async def test_an_inference_that_no_record_can_say_hides_nothing_that_its_block_raised(error: BaseException) -> None:
    async with staged() as stage:
        with pytest.raises(type(error)):
            async with stage.log.inference({"agee": 1}):
                raise error
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01), stage.log.inference({"agee": 1}):
                await asyncio.Event().wait()

    assert stage.door.events == []


async def test_rows_carry_the_trace_that_they_were_made_in_and_batches_none() -> None:
    parent = f"00-{1:032x}-{1:016x}-01"
    for setting in (SETTING, IN_ROWS):
        async with staged(setting) as stage:
            with span("test/predict", parent=parent):
                await stage.log.predict(ANA, Answer(0.5))
        traces = {event.traceparent.partition("-")[2][:32] for event in stage.door.events}
        assert traces == ({f"{1:032x}"} if setting is IN_ROWS else {""})


async def test_a_label_says_its_revision() -> None:
    async with staged() as stage:
        await stage.log.label("p", value=3.5, revision=2, at_ms=NOW_MS)
        await stage.log.flush()

    found = outcome_pb2.Label.FromString(stage.of("labels")[0].value)
    assert (found.prediction_id, found.value, found.revision) == ("p", 3.5, 2)
    assert found.labelled_at.ToMilliseconds() == NOW_MS


def test_a_setting_is_that_of_a_contract_of_predictions() -> None:
    of_model = OF_ROWS

    found = Setting.of(of_model["predictions"], "7", features=of_model["features"])

    assert found.features.id == FEATURES.id
    assert (found.model, found.kind, found.classes, found.layout, found.partitions) == (
        "churn", "binary", ("no", "yes"), "rows", 3,
    )  # fmt: skip
    with pytest.raises(NoModelError, match=r"churn\.labels"):
        Setting.of(of_model["labels"], "7")
    with pytest.raises(NoModelError, match=r"churn\.skew"):
        Setting.of(of_model["predictions"], "7", features=of_model["skew"])


async def test_a_feature_that_nobody_knows_is_refused_without_its_value() -> None:
    async with staged() as stage:
        with pytest.raises(FeatureError) as refused:
            await stage.log.predict({"iban": "CH93 0076"}, Answer(0.5))

    assert "CH93" not in str(refused.value)
