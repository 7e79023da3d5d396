from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from functools import partial
from pathlib import Path

import grpc
import pytest
from google.rpc import error_details_pb2, status_pb2

from assay.alerts.breaches import Breach, State
from assay.alerts.watchers import BEHIND, MOST
from assay.api.alerts.v1 import alerts_pb2 as pb
from assay.api.alerts.v1.promise_pb2 import ContractStatus, PromiseStatus, Status
from assay.contracts import Party
from tests.unit.alerts.face.stage import NOW_MS, Stage, stage
from tests.unit.alerts.messages.cases import ALL, FAILURE, KEPT_NULLS, MANY_NULLS, SILENT

CALL_S = 10.0
ORDERS = replace(ALL, consumers=(Party("delay-model", "model@example.org", kind="model"),))


def bare(breach: Breach, fingerprint: str = "") -> Breach:
    """The breach before it is known who hears of it."""
    fired = replace(breach.fired, fingerprint=fingerprint or breach.fired.fingerprint)
    return Breach(fired, fired, evidence=breach.evidence)


async def refused(call: Callable[[], Awaitable[object]]) -> tuple[grpc.StatusCode, str]:
    """The code of a call that is refused, and the reason that programs read."""
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call()
    pairs: Iterable[tuple[str, bytes]] = caught.value.trailing_metadata() or ()  # type: ignore[assignment]  # plain pairs
    told = status_pb2.Status.FromString(dict(pairs)["grpc-status-details-bin"])
    info = error_details_pb2.ErrorInfo()
    told.details[0].Unpack(info)
    return caught.value.code(), info.reason


async def test_breaches_are_listed_by_contract_state_severity_and_time(tmp_path: Path) -> None:
    async with stage(tmp_path, ORDERS) as on:
        await on.fire(bare(MANY_NULLS, "a"))
        await on.fire(replace(bare(SILENT, "b"), fired_at_ms=NOW_MS - 1))
        on.memory.breaches.append(replace(KEPT_NULLS, over_at_ms=NOW_MS))

        async def ids(**asked: object) -> list[str]:
            request = pb.ListBreachesRequest(**asked)  # type: ignore[arg-type]  # what a test asks for
            return [each.fired.fingerprint for each in (await on.stub.ListBreaches(request, timeout=CALL_S)).breaches]

        assert await ids() == ["a", "b", "9f2c4e"]
        assert await ids(limit=2) == ["9f2c4e", "b"]
        assert await ids(state=pb.BREACH_STATE_FIRING) == ["a", "b"]
        assert await ids(state=pb.BREACH_STATE_RESOLVED) == ["9f2c4e"]
        assert await ids(severity=pb.SEVERITY_CRITICAL, contract="orders") == ["a", "b", "9f2c4e"]
        assert await ids(since_ms=NOW_MS) == ["a", "9f2c4e"]
        assert await ids(contract="planes") == []


async def test_one_breach_is_answered_with_what_is_told_its_windows_its_alerts_and_what_it_causes(
    tmp_path: Path,
) -> None:
    async with stage(tmp_path, ORDERS) as on:
        breach = await on.fire(bare(MANY_NULLS))
        caused = replace(bare(SILENT, "b"), under=breach.id)
        on.memory.breaches.append(caused)
        found = await on.stub.GetBreach(pb.GetBreachRequest(id="9f2c"), timeout=CALL_S)
        assert found.breach.id == breach.id
        assert found.message.title.startswith("orders: 7.4 % of email missing from 2026-11-26 10:00 to 11:00 UTC")
        assert [(link.label, link.text) for link in found.message.links] == [
            ("console", "https://assay.example/orders")
        ]
        assert [each.value for each in found.breach.evidence][-2:] == [2.8, 7.4]
        assert found.breach.limit == 2.0
        assert [(each.channel, each.state, each.HasField("delivered_ms")) for each in found.alerts] == [
            ("oncall", pb.BREACH_STATE_FIRING, False),
            ("mail", pb.BREACH_STATE_FIRING, False),
        ]
        assert [each.role for each in found.alerts[0].recipients] == ["owner", "consumer"]
        assert [each.id for each in found.over] == list(found.breach.over) == [caused.id]


async def test_breach_that_nobody_knows_or_whose_beginning_others_have_is_not_found(tmp_path: Path) -> None:
    async with stage(tmp_path, ORDERS) as on:
        await on.fire(bare(MANY_NULLS, "aa"))
        await on.fire(bare(MANY_NULLS, "ab"))
        for id_ in ("", "x", "a", "a" * 5_000):
            request = pb.GetBreachRequest(id=id_)
            answer = await refused(partial(on.stub.GetBreach, request, timeout=CALL_S))
            assert answer == (grpc.StatusCode.NOT_FOUND, "BREACH_UNKNOWN")


async def test_watcher_hears_of_changes_from_then_on_and_only_of_what_it_asks_for(tmp_path: Path) -> None:
    async with stage(tmp_path, ORDERS) as on:
        await on.fire(bare(MANY_NULLS, "before"))
        call = on.stub.WatchBreaches(
            pb.WatchBreachesRequest(contract="orders", severity=pb.SEVERITY_CRITICAL), timeout=CALL_S
        )
        await call.initial_metadata()
        other = replace(MANY_NULLS.fired, contract="planes")
        on.watchers.tell(Breach(other, other))
        on.watchers.tell(FAILURE)
        await on.fire(bare(MANY_NULLS, "after"))
        heard = await call.read()
        assert isinstance(heard, pb.WatchBreachesResponse)
        assert heard.breach.fired.fingerprint == "after"
        call.cancel()


async def test_watchers_are_bounded_and_room_is_there_again_when_one_leaves(tmp_path: Path) -> None:
    async with stage(tmp_path, ORDERS) as on:

        async def watching() -> grpc.aio.UnaryStreamCall[pb.WatchBreachesRequest, pb.WatchBreachesResponse]:
            call = on.stub.WatchBreaches(pb.WatchBreachesRequest(), timeout=CALL_S)
            await call.initial_metadata()
            return call

        calls = [await watching() for _ in range(MOST)]
        late = on.stub.WatchBreaches(pb.WatchBreachesRequest(), timeout=CALL_S)
        assert await refused(late.read) == (grpc.StatusCode.RESOURCE_EXHAUSTED, "OVERLOADED")
        for call in calls:
            call.cancel()


async def test_watcher_that_is_too_slow_is_told_so(tmp_path: Path) -> None:
    async with stage(tmp_path, ORDERS) as on:
        call = on.stub.WatchBreaches(pb.WatchBreachesRequest(), timeout=CALL_S)
        await call.initial_metadata()
        for number in range(BEHIND + 1):
            on.watchers.tell(replace(MANY_NULLS, again=number))

        async def to_the_end() -> None:
            async for _ in call:
                pass

        assert await refused(to_the_end) == (grpc.StatusCode.RESOURCE_EXHAUSTED, "OVERLOADED")


async def routed(on: Stage, **said: object) -> pb.RouteResponse:
    measurement = pb.Measurement(**said)  # type: ignore[arg-type]  # what a test says
    return await on.stub.Route(pb.RouteRequest(measurement=measurement), timeout=CALL_S)


async def test_contract_promise_and_value_are_enough_to_route_a_breach(tmp_path: Path) -> None:
    async with stage(tmp_path, ORDERS) as on:
        found = await routed(on, contract="orders", promise="email_nulls", value=7.4)
        assert found.severity == pb.SEVERITY_CRITICAL
        assert list(found.severity_reasons)[1:] == [
            "up, for it is 3.7 times what is allowed",
            "up, for it hits the model delay-model",
        ]
        assert [(each.channel, [who.id for who in each.recipients]) for each in found.alerts] == [
            ("oncall", ["checkout", "delay-model"]),
            ("mail", ["delay-model"]),
        ]
        assert found.alerts[1].why == "route 2 (contact *@*)"
        assert found.alerts[0].text.startswith("orders: 7.4 % of email missing")
        assert on.memory.breaches == []


async def test_breach_that_was_is_routed_by_its_id(tmp_path: Path) -> None:
    async with stage(tmp_path, ORDERS) as on:
        breach = await on.fire(bare(MANY_NULLS))
        found = await on.stub.Route(pb.RouteRequest(breach=breach.id), timeout=CALL_S)
        assert [each.channel for each in found.alerts] == ["oncall", "mail"]


async def test_rules_of_the_call_are_tried_in_place_of_those_in_force(tmp_path: Path) -> None:
    rules = "channels: {chat: {kind: apprise, url: {env: NOT_SET}}}\nroutes: [{when: {role: owner}, to: chat}]\n"
    async with stage(tmp_path, ORDERS) as on:
        measurement = pb.Measurement(contract="orders", promise="email_nulls", value=7.4)
        found = await on.stub.Route(pb.RouteRequest(measurement=measurement, channels=rules), timeout=CALL_S)
        assert [each.channel for each in found.alerts] == ["chat"]
        assert [each.id for each in found.unreached] == ["delay-model"]
        broken = pb.RouteRequest(measurement=measurement, channels=rules.replace("chat}", "chta}"))
        answer = await refused(lambda: on.stub.Route(broken, timeout=CALL_S))
        assert answer == (grpc.StatusCode.INVALID_ARGUMENT, "CHANNELS_FILE")


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ({"contract": "ordes", "promise": "email_nulls"}, (grpc.StatusCode.NOT_FOUND, "CONTRACT_UNKNOWN")),
        ({"contract": "orders", "promise": "email_nuls"}, (grpc.StatusCode.NOT_FOUND, "PROMISE_UNKNOWN")),
        ({"contract": "orders"}, (grpc.StatusCode.INVALID_ARGUMENT, "REQUEST")),
    ],
)
async def test_breach_of_what_is_not_known_is_not_routed(
    tmp_path: Path, said: dict[str, object], answer: tuple[grpc.StatusCode, str]
) -> None:
    async with stage(tmp_path, ORDERS) as on:
        assert await refused(lambda: routed(on, **said)) == answer
        assert await refused(lambda: on.stub.Route(pb.RouteRequest(), timeout=CALL_S)) == (
            grpc.StatusCode.INVALID_ARGUMENT,
            "REQUEST",
        )


async def test_channels_say_how_their_alerts_fare(tmp_path: Path) -> None:
    async with stage(tmp_path, ORDERS) as on:
        await on.fire(bare(MANY_NULLS))
        found = (await on.stub.ListChannels(pb.ListChannelsRequest(), timeout=CALL_S)).channels
        assert [(each.name, each.kind, each.waiting, each.delivered) for each in found] == [
            ("oncall", "alertmanager", 1, 0),
            ("mail", "apprise", 1, 0),
        ]


async def test_test_goes_through_the_channel_and_says_what_it_said(tmp_path: Path) -> None:
    async with stage(tmp_path, ORDERS) as on:
        taken = await on.stub.TestChannel(pb.TestChannelRequest(channel="oncall"), timeout=CALL_S)
        assert (taken.delivered, taken.answer) == (True, "the channel took the alert")
        (alert,) = on.channels["oncall"].taken
        assert (alert.state, alert.key, alert.labels["kind"]) == (State.FIRING, "test-1/firing/oncall/", "test")
        failed = await on.stub.TestChannel(pb.TestChannelRequest(channel="mail"), timeout=CALL_S)
        assert (failed.delivered, failed.answer) == (False, "the service did not take it")
        answer = await refused(lambda: on.stub.TestChannel(pb.TestChannelRequest(channel="onkall"), timeout=CALL_S))
        assert answer == (grpc.StatusCode.NOT_FOUND, "CHANNEL_UNKNOWN")


async def test_statuses_come_with_the_newest_windows_and_the_limit(tmp_path: Path) -> None:
    async with stage(tmp_path, ORDERS) as on:
        promise = PromiseStatus(promise="email_nulls", fingerprint="9f2c4e", status=Status.STATUS_BROKEN)
        on.memory.stand.append(ContractStatus(contract="orders", status=Status.STATUS_BROKEN, promises=[promise]))
        on.memory.windows.extend(MANY_NULLS.evidence)
        (found,) = (await on.stub.ListStatuses(pb.ListStatusesRequest(contract="orders"), timeout=CALL_S)).statuses
        assert found.promises[0].limit == 2.0
        assert [each.value for each in found.promises[0].lately] == [each.value for each in MANY_NULLS.evidence]
        answer = await refused(lambda: on.stub.ListStatuses(pb.ListStatusesRequest(contract="x"), timeout=CALL_S))
        assert answer == (grpc.StatusCode.NOT_FOUND, "CONTRACT_UNKNOWN")


async def test_evaluations_are_answered_newest_first_and_need_a_name(tmp_path: Path) -> None:
    async with stage(tmp_path, ORDERS) as on:
        on.memory.windows.extend(MANY_NULLS.evidence)
        request = pb.ListEvaluationsRequest(contract="orders", limit=2)
        found = (await on.stub.ListEvaluations(request, timeout=CALL_S)).evaluations
        assert [each.value for each in found] == [7.4, 2.8]
        answer = await refused(lambda: on.stub.ListEvaluations(pb.ListEvaluationsRequest(), timeout=CALL_S))
        assert answer == (grpc.StatusCode.INVALID_ARGUMENT, "REQUEST")


@pytest.mark.parametrize(
    "asked", [{"limit": -1}, {"since_ms": -1}, {"state": 99}, {"severity": 99}, {"contract": "x" * 2_000}]
)
async def test_filter_that_holds_of_nothing_is_refused(tmp_path: Path, asked: dict[str, object]) -> None:
    async with stage(tmp_path, ORDERS) as on:
        request = pb.ListBreachesRequest(**asked)  # type: ignore[arg-type]  # what a test asks for
        answer = await refused(lambda: on.stub.ListBreaches(request, timeout=CALL_S))
        assert answer == (grpc.StatusCode.INVALID_ARGUMENT, "REQUEST")
