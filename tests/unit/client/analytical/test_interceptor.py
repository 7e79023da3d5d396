"""The interceptor logs how each call ended, and changes nothing of it but its trailing metadata."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from concurrent import futures
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import grpc
import grpc.aio
import pytest

from assay.client.analytical import PredictionInterceptor, ThreadedPredictionInterceptor, current_inference
from tests.unit.client.analytical.stage import SETTING, Stage, staged

IN_ROWS = replace(SETTING, layout="rows")
RANK = "/shop.Ranker/Rank"
Behavior = Callable[[bytes, Any], Awaitable[bytes]]
Call = Callable[..., Any]


async def rank(request: bytes, context: object) -> bytes:
    inference = current_inference()
    assert inference
    inference.score = 0.5
    return b"<" + request + b">"


def failing(error: BaseException) -> Behavior:
    async def fail(request: bytes, context: object) -> bytes:
        raise error

    return fail


def aborting(code: grpc.StatusCode) -> Behavior:
    async def abort(request: bytes, context: Any) -> bytes:
        await context.abort(code, "words")
        raise AssertionError

    return abort


class Outer(grpc.aio.ServerInterceptor):  # type: ignore[type-arg]  # generic in the stubs alone
    """Another interceptor, that says something of its own to the caller."""

    async def intercept_service(self, continuation: Any, handler_call_details: grpc.HandlerCallDetails) -> Any:
        behavior = (await continuation(handler_call_details)).unary_unary

        async def answer(request: bytes, context: Any) -> bytes:
            context.set_trailing_metadata((("x-request-id", "r1"),))
            return bytes(await behavior(request, context))

        return unary(answer)


class Calls(grpc.aio.ServerInterceptor):  # type: ignore[type-arg]  # as above
    """Knows the task of each call: who calls has its code before the handler has left."""

    def __init__(self) -> None:
        self.tasks: list[asyncio.Task[Any]] = []

    async def intercept_service(self, continuation: Any, handler_call_details: grpc.HandlerCallDetails) -> Any:
        task = asyncio.current_task()
        assert task
        self.tasks.append(task)
        return await continuation(handler_call_details)


@asynccontextmanager
async def serving(
    stage: Stage, handler: object, method: str = RANK, before: Sequence[Outer] = ()
) -> AsyncIterator[grpc.aio.Channel]:
    """A channel to a server with one method; all that was called has ended on leaving."""
    _, service, name = method.split("/")
    calls = Calls()
    server = grpc.aio.server(interceptors=[calls, *before, PredictionInterceptor(stage.log, [RANK])])
    server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler(service, {name: handler})])  # type: ignore[dict-item]  # as the library makes them
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    try:
        async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
            yield channel
        await asyncio.gather(*calls.tasks, return_exceptions=True)
    finally:
        await server.stop(None)


def unary(behavior: Behavior) -> object:
    return grpc.unary_unary_rpc_method_handler(behavior)


async def test_an_answer_is_unchanged_and_carries_the_id_of_its_prediction() -> None:
    async with staged(IN_ROWS) as stage:
        async with serving(stage, unary(rank)) as channel:
            call = channel.unary_unary(RANK, None, None)(b"x", metadata=(("x-prediction-id", "mine"),))
            assert await call == b"<x>"
            trailing = dict(await call.trailing_metadata())
        assert await stage.answers() == [("ok", "")]

    assert trailing["x-prediction-id"] == "mine"
    assert [event.key for event in stage.of("predictions")] == [b"mine"]


async def test_what_others_say_to_the_caller_stays_beside_the_id() -> None:
    async def saying(request: bytes, context: Any) -> bytes:
        context.set_trailing_metadata((*context.trailing_metadata(), ("x-cost", "3")))
        return request

    async with staged(IN_ROWS) as stage, serving(stage, unary(saying), before=[Outer()]) as channel:
        call = channel.unary_unary(RANK, None, None)(b"x", metadata=(("x-prediction-id", "mine"),))
        await call
        trailing = [*await call.trailing_metadata()]

    assert trailing == [("x-request-id", "r1"), ("x-cost", "3"), ("x-prediction-id", "mine")]


async def test_a_handler_that_replaces_what_is_said_to_the_caller_does_not_take_the_id_away() -> None:
    async def saying(request: bytes, context: Any) -> bytes:
        context.set_trailing_metadata((("x-cost", "3"),))
        return request

    async with staged(IN_ROWS) as stage, serving(stage, unary(saying)) as channel:
        call = channel.unary_unary(RANK, None, None)(b"x", metadata=(("x-prediction-id", "mine"),))
        await call
        trailing = [*await call.trailing_metadata()]

    assert trailing == [("x-cost", "3"), ("x-prediction-id", "mine")]


@pytest.mark.parametrize(
    ("behavior", "code", "answer"),
    [
        (aborting(grpc.StatusCode.NOT_FOUND), grpc.StatusCode.NOT_FOUND, ("refused", "NOT_FOUND")),
        (aborting(grpc.StatusCode.UNAVAILABLE), grpc.StatusCode.UNAVAILABLE, ("error", "UNAVAILABLE")),
        (aborting(grpc.StatusCode.DEADLINE_EXCEEDED), grpc.StatusCode.DEADLINE_EXCEEDED, ("timeout", "DEADLINE_EXCEEDED")),
        (failing(ValueError("secret")), grpc.StatusCode.UNKNOWN, ("error", "ValueError")),
        (failing(TimeoutError()), grpc.StatusCode.UNKNOWN, ("timeout", "TimeoutError")),
    ],
)  # fmt: skip
async def test_the_code_of_a_call_is_the_status_of_its_prediction(
    behavior: Behavior, code: grpc.StatusCode, answer: tuple[str, str]
) -> None:
    async with staged(IN_ROWS) as stage:
        async with serving(stage, unary(behavior)) as channel:
            with pytest.raises(grpc.aio.AioRpcError) as refused:
                await channel.unary_unary(RANK, None, None)(b"x")
        assert await stage.answers() == [answer]

    assert refused.value.code() is code


async def test_a_call_whose_time_is_up_is_a_timeout() -> None:
    ended = asyncio.Event()

    async def hang(request: bytes, context: object) -> bytes:
        try:
            return await asyncio.Event().wait() and b""
        finally:
            ended.set()

    async with staged(IN_ROWS) as stage:
        async with serving(stage, unary(hang)) as channel:
            with pytest.raises(grpc.aio.AioRpcError):
                await channel.unary_unary(RANK, None, None)(b"x", timeout=0.2)
            await ended.wait()
        assert await stage.answers() == [("timeout", "DEADLINE_EXCEEDED")]


async def test_a_stream_is_answered_when_it_ends() -> None:
    async def ranks(request: bytes, context: object) -> AsyncIterator[bytes]:
        for number in range(3):
            yield b"%d" % number

    async with staged(IN_ROWS) as stage:
        async with serving(stage, grpc.unary_stream_rpc_method_handler(ranks)) as channel:
            assert [each async for each in channel.unary_stream(RANK, None, None)(b"x")] == [b"0", b"1", b"2"]
        assert await stage.answers() == [("ok", "")]


async def test_a_stream_that_is_cancelled_has_the_name_of_its_code() -> None:
    ended = asyncio.Event()
    raised: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, found: raised.append(found))

    async def ranks(request: bytes, context: object) -> AsyncIterator[bytes]:
        try:
            while True:  # more than the caller reads: the server waits to send, not for us
                yield bytes(1 << 20)
        finally:
            ended.set()

    async with staged(IN_ROWS) as stage:
        async with serving(stage, grpc.unary_stream_rpc_method_handler(ranks)) as channel:
            call = channel.unary_stream(RANK, None, None)(b"x")
            await call.read()
            call.cancel()
            await ended.wait()
        assert await stage.answers() == [("cancelled", "CANCELLED")]

    gc.collect()
    assert raised == []


async def test_a_call_that_is_cancelled_has_the_name_of_its_code() -> None:
    began, ended = asyncio.Event(), asyncio.Event()

    async def hang(request: bytes, context: object) -> bytes:
        began.set()
        try:
            return await asyncio.Event().wait() and b""
        finally:
            ended.set()

    async with staged(IN_ROWS) as stage:
        async with serving(stage, unary(hang)) as channel:
            call = channel.unary_unary(RANK, None, None)(b"x")
            await began.wait()
            call.cancel()
            await ended.wait()
        assert await stage.answers() == [("cancelled", "CANCELLED")]


async def test_other_methods_and_handlers_that_are_no_coroutines_are_served_and_not_logged() -> None:
    async def pong(request: bytes, context: object) -> bytes:
        return b"pong"

    async with staged() as stage:
        async with serving(stage, unary(pong), "/shop.Health/Ping") as channel:
            assert await channel.unary_unary("/shop.Health/Ping", None, None)(b"") == b"pong"
        async with serving(stage, grpc.unary_unary_rpc_method_handler(lambda request, _: request)) as channel:
            assert await channel.unary_unary(RANK, None, None)(b"x") == b"x"

    assert stage.door.events == []


@asynccontextmanager
async def threads(stage: Stage, handler: object) -> AsyncIterator[grpc.aio.Channel]:
    """A channel to a server that answers in threads."""
    with futures.ThreadPoolExecutor(2) as pool:
        server = grpc.server(pool, interceptors=[ThreadedPredictionInterceptor(stage.log, [RANK])])
        server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler("shop.Ranker", {"Rank": handler})])  # type: ignore[dict-item]  # as the library makes them
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        try:
            async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
                yield channel
        finally:
            await asyncio.to_thread(server.stop(None).wait)


def plain(request: bytes, context: Any) -> bytes:
    if request == b"abort":
        context.abort(grpc.StatusCode.NOT_FOUND, "words")
    if request == b"raise":
        raise ValueError("secret")
    inference = current_inference()
    assert inference
    inference.score = 0.5
    return request


@pytest.mark.parametrize(
    ("request_", "answer"),
    [(b"x", ("ok", "")), (b"abort", ("refused", "NOT_FOUND")), (b"raise", ("error", "ValueError"))],
)
async def test_a_server_that_answers_in_threads_is_logged_too(request_: bytes, answer: tuple[str, str]) -> None:
    async with staged(IN_ROWS) as stage:
        async with threads(stage, grpc.unary_unary_rpc_method_handler(plain)) as channel:
            call = channel.unary_unary(RANK, None, None)(request_, metadata=(("x-prediction-id", "mine"),))
            assert (await call.code() is grpc.StatusCode.OK) == (answer[0] == "ok")
            trailing = dict(await call.trailing_metadata())
        assert await stage.answers() == [answer]

    assert trailing["x-prediction-id"] == "mine"


async def test_a_thread_that_replaces_what_is_said_to_the_caller_does_not_take_the_id_away() -> None:
    def saying(request: bytes, context: Any) -> bytes:
        context.set_trailing_metadata((("x-cost", "3"),))
        return request

    async with staged(IN_ROWS) as stage, threads(stage, grpc.unary_unary_rpc_method_handler(saying)) as channel:
        call = channel.unary_unary(RANK, None, None)(b"x", metadata=(("x-prediction-id", "mine"),))
        await call
        trailing = [*await call.trailing_metadata()]

    assert trailing == [("x-cost", "3"), ("x-prediction-id", "mine")]


async def test_a_stream_of_a_thread_is_answered_when_it_ends() -> None:
    def ranks(request: bytes, context: object) -> Iterator[bytes]:
        yield from (b"0", b"1")

    async with staged(IN_ROWS) as stage:
        async with threads(stage, grpc.unary_stream_rpc_method_handler(ranks)) as channel:
            assert [each async for each in channel.unary_stream(RANK, None, None)(b"x")] == [b"0", b"1"]
        assert await stage.answers() == [("ok", "")]


async def test_a_thread_answers_when_the_loop_of_the_log_has_closed() -> None:
    made: list[ThreadedPredictionInterceptor] = []

    async def make() -> None:
        async with staged() as stage:
            made.append(ThreadedPredictionInterceptor(stage.log, [RANK]))

    await asyncio.to_thread(asyncio.run, make())
    with futures.ThreadPoolExecutor(1) as pool:
        server = grpc.server(pool, interceptors=[*made])
        handlers = {"Rank": grpc.unary_unary_rpc_method_handler(plain)}
        server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler("shop.Ranker", handlers)])
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        try:
            async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
                assert await channel.unary_unary(RANK, None, None)(b"x") == b"x"
        finally:
            await asyncio.to_thread(server.stop(None).wait)
