"""Routes and channels, tried: who would hear of a breach, and whether a channel takes an alert."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from uuid import uuid4

from assay.alerts.answers import SEVERITIES, channel_message, leg_message, recipient_message
from assay.alerts.asked import supposed
from assay.alerts.breaches import Breach, Recipient, Role, Severity, State
from assay.alerts.delivery.channel import Channel, DeliveryError, DeliveryRefusedError
from assay.alerts.delivery.delivery import Delivery, key_of
from assay.alerts.delivery.standing import Fare, fares
from assay.alerts.delivery.store import DeliveryStore
from assay.alerts.desk import Desk
from assay.alerts.errors import ChannelUnknownError, RequestError
from assay.alerts.messages.message import Message
from assay.alerts.messages.saying import say
from assay.alerts.messages.text import text
from assay.alerts.plain import plain
from assay.alerts.routing.channels_file import read_channels
from assay.alerts.routing.router import Router
from assay.api.alerts.v1 import alerts_pb2 as pb
from assay.contracts import Contract
from assay.runtime import Clock

__all__ = ["Trials"]

TEST_S = 20.0
TESTER = Recipient("test", "", Role.OPERATOR, why="asked for with assay alerts test")


class Trials:
    """Sends nothing but what `test` is asked for, and keeps nothing."""

    def __init__(
        self,
        desk: Desk,
        router: Router,
        contracts: Mapping[str, Contract],
        deliveries: DeliveryStore,
        channels: Mapping[str, Channel],
        clock: Clock,
        new_id: Callable[[], str] = lambda: uuid4().hex[:12],
    ) -> None:
        self._desk = desk
        self._router = router
        self._contracts = contracts
        self._deliveries = deliveries
        self._channels = channels
        self._clock = clock
        self._new_id = new_id

    async def route(self, request: pb.RouteRequest) -> pb.RouteResponse:
        """Return who would hear of a breach, through which channel and why, by the rules in force or those of the call.

        Raises:
            BreachUnknownError, ContractUnknownError, PromiseUnknownError: it is about what is not known.
            ChannelsFileError: the rules of the call are none.
            RequestError: the call names no breach.
        """
        routes = read_channels(request.channels.encode(), "channels").routes if request.channels else None
        breach = self._router.opened(await self._meant(request), routes)
        subject, found = self._router.trial(breach, routes)
        said = text(say(subject, State.FIRING))
        return pb.RouteResponse(
            severity=SEVERITIES[subject.breach.severity],
            severity_reasons=subject.breach.severity_reasons,
            alerts=[leg_message(leg, said) for leg in found.legs],
            unreached=map(recipient_message, found.unreached),
            title=say(subject, State.FIRING).title,
        )

    async def channels(self) -> list[pb.Channel]:
        """Return the channels, and how the alerts of each fare."""
        known, now_ms = await self._deliveries.read(fares), self._clock.now_ms()
        ways = self._router.routes.ways.values()
        return [channel_message(way, known.get(way.name, Fare(way.name)), now_ms) for way in ways]

    async def test(self, channel: str) -> pb.TestChannelResponse:
        """Send one alert, marked as a test, through a channel; return what came of it.

        Raises:
            ChannelUnknownError: there is no such channel.
        """
        if channel not in self._channels:
            raise ChannelUnknownError(channel, sorted(self._channels))
        try:
            async with asyncio.timeout(TEST_S):
                await self._channels[channel].send(self._test(channel))
        except TimeoutError:
            return pb.TestChannelResponse(answer=f"nothing came back within {TEST_S:g} s")
        except (DeliveryError, DeliveryRefusedError) as error:
            return pb.TestChannelResponse(answer=plain(str(error)))
        return pb.TestChannelResponse(delivered=True, answer="the channel took the alert")

    async def _meant(self, request: pb.RouteRequest) -> Breach:
        match request.WhichOneof("what"):
            case "breach":
                return await self._desk.one(request.breach)
            case "measurement":
                return supposed(request.measurement, self._contracts, self._clock.now_ms())
        raise RequestError("what", "name a breach, or a measurement that fires one")

    def _test(self, channel: str) -> Delivery:
        now_ms, breach = self._clock.now_ms(), f"test-{self._new_id()}"
        message = Message(
            title="This is a test of Assay: nothing is broken (INFO)",
            lines=(("channel", plain(channel)), ("why", "somebody ran assay alerts test")),
        )
        return Delivery(
            key=key_of(breach, State.FIRING, channel),
            breach=breach,
            fingerprint=breach,
            state=State.FIRING,
            severity=Severity.INFO,
            channel=channel,
            recipients=(TESTER,),
            contract="test",
            promise="test",
            message=message,
            labels={"contract": "test", "promise": "test", "kind": "test", "severity": "info"},
            starts_ms=now_ms,
            at_ms=now_ms,
            why="a test",
            measured="nothing is broken",
        )
