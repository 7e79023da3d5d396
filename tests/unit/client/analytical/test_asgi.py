"""The middleware logs how each answer ended, and changes nothing of it but one header."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from assay.client.analytical import Buffer, PredictionMiddleware, current_inference
from tests.unit.client.analytical.stage import SETTING, Stage, staged

Send = Callable[[dict[str, object]], Awaitable[None]]
IN_ROWS = replace(SETTING, layout="rows")


async def serve(
    stage: Stage,
    status: int = 200,
    *,
    error: BaseException | None = None,
    name: str = "",
    path: str = "/p",
    features: Mapping[str, Any] = {},
    probabilities: Any = (),
) -> list[dict[str, Any]]:
    """What the server sends for one request."""

    async def app(scope: object, receive: object, send: Send) -> None:
        if error:
            raise error
        if inference := current_inference():
            inference.score, inference.probabilities = 0.5, probabilities
            inference.features |= features
        await send({"type": "http.response.start", "status": status, "headers": [(b"a", b"b")]})
        await send({"type": "http.response.body", "body": b"0.5"})

    sent: list[dict[str, Any]] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        return {"type": "http.request"}

    headers = [(b"X-Prediction-Id", name.encode())] if name else []
    scope = {"type": "http", "path": path, "headers": headers}
    await PredictionMiddleware(app, stage.log, ["/p"])(scope, receive, send)
    return sent


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        (200, ("ok", "")),
        (302, ("ok", "")),
        (404, ("refused", "HTTP_404")),
        (408, ("timeout", "HTTP_408")),
        (500, ("error", "HTTP_500")),
        (504, ("timeout", "HTTP_504")),
    ],
)
async def test_the_status_of_an_answer_is_that_of_its_prediction(status: int, answer: tuple[str, str]) -> None:
    async with staged(IN_ROWS) as stage:
        await serve(stage, status)
        assert await stage.answers() == [answer]


@pytest.mark.parametrize(
    ("error", "answer"),
    [
        (ValueError("secret"), ("error", "ValueError")),
        (TimeoutError(), ("timeout", "TimeoutError")),
        (asyncio.CancelledError(), ("cancelled", "CancelledError")),
    ],
)
async def test_what_the_application_raises_goes_on(error: BaseException, answer: tuple[str, str]) -> None:
    async with staged(IN_ROWS) as stage:
        with pytest.raises(type(error)):
            await serve(stage, error=error)
        assert await stage.answers() == [answer]


async def test_an_answer_carries_the_id_of_its_prediction() -> None:
    async with staged() as stage:
        start, body = await serve(stage, name="mine")
        other, _ = await serve(stage)
        await stage.log.flush()

    assert start["headers"] == [(b"a", b"b"), (b"x-prediction-id", b"mine")]
    assert body == {"type": "http.response.body", "body": b"0.5"}
    ids = {name for each in stage.batches() for name in each.prediction_ids}
    assert ids == {"mine", dict(other["headers"])[b"x-prediction-id"].decode()}


@pytest.mark.parametrize("name", ["x" * 129, "caf\xe9"])
async def test_an_id_that_no_log_can_have_is_not_taken(name: str) -> None:
    async with staged() as stage:
        start, _ = await serve(stage, name=name)

    assert len(dict(start["headers"])[b"x-prediction-id"]) == 36


async def test_other_paths_are_not_logged() -> None:
    async with staged() as stage:
        start, _ = await serve(stage, path="/health")

    assert start["headers"] == [(b"a", b"b")]
    assert stage.door.events == []


async def test_a_log_that_has_no_room_changes_no_answer() -> None:
    async with staged(buffer=Buffer(rows=0)) as stage:
        assert len(await serve(stage)) == 2
        assert stage.log.stats().dropped == 1


async def test_a_log_that_is_closed_changes_no_answer() -> None:
    async with staged() as stage:
        pass

    assert len(await serve(stage)) == 2


@pytest.mark.parametrize(
    "odd", [{"age": 10**400}, {"age": [1]}, {"city": "\ud800"}, {1: 1}, {"age": np.array([1, 2])}], ids=str
)
async def test_features_that_no_record_can_say_change_no_answer(odd: Mapping[str, Any]) -> None:
    async with staged() as stage:
        assert len(await serve(stage, features=odd)) == 2

    assert stage.door.events == []


async def test_an_array_of_probabilities_is_logged() -> None:
    async with staged(IN_ROWS) as stage:
        assert len(await serve(stage, probabilities=np.array([0.25, 0.75]))) == 2
        assert await stage.answers() == [("ok", "")]
