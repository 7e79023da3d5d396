"""What the demo asks of the drift service, and what it makes of the answers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import partial

import grpc
import pytest

from assay.api.drift.v1 import drift_pb2 as pb
from assay.api.drift.v1 import drift_pb2_grpc
from assay.api.drift.v1.window_pb2 import (
    DRIFT_STATE_FIRING,
    DRIFT_STATE_LEARNING,
    DRIFT_STATE_OK,
    DRIFT_STATE_PENDING,
    FeatureVerdict,
    Performance,
    Window,
)
from assay.cli.demo.watched import DayWatched, Moving, Picture
from assay.cli.demo.watching import day_of, hold, pictures_of, watched_days
from assay.cli.errors import CallError
from assay.runtime import GrpcServer

PAPERS = (b'{"assay_profile": 1}', b'{"assay_performance": 1}')
DAY_MS = 86_400_000


def window(day: str, version: str = "1", *, is_complete: bool = True, **states: int) -> Window:
    start_ms = int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp() * 1000)
    verdicts = [FeatureVerdict(feature=name, state=state, effect=0.5) for name, state in states.items()]  # type: ignore[arg-type]  # a state is a number
    return Window(
        model="delays", model_version=version, start_ms=start_ms, end_ms=start_ms + DAY_MS, is_complete=is_complete,
        rows=100, features=verdicts,
        performance=Performance(labelled=90, realised={"accuracy": 0.75}, estimated={"accuracy": 0.5}),
    )  # fmt: skip


WINDOWS = [
    window("2013-02-08", rain=DRIFT_STATE_PENDING, wind=DRIFT_STATE_OK),
    window("2013-02-09", rain=DRIFT_STATE_FIRING, wind=DRIFT_STATE_LEARNING),
    window("2013-02-10", rain=DRIFT_STATE_FIRING),
    window("2013-02-11", is_complete=False),
]


class Drift(drift_pb2_grpc.DriftServiceServicer):
    """Answers from a list, a window a page; knows the model from the second question on."""

    def __init__(self, *, is_known: bool = True) -> None:
        self.is_known = is_known
        self.set: list[pb.SetReferenceRequest] = []
        self.asked: list[pb.GetRangeRequest] = []
        self.drawn: list[pb.GetPictureRequest] = []

    async def SetReference(  # noqa: N802 -- the name is the proto's
        self,
        request: pb.SetReferenceRequest,
        context: grpc.aio.ServicerContext[pb.SetReferenceRequest, Awaitable[pb.SetReferenceResponse]],
    ) -> pb.SetReferenceResponse:
        self.set.append(request)
        if not self.is_known:
            self.is_known = True
            await context.abort(grpc.StatusCode.NOT_FOUND, "no contract has a model 'delays'")
        if request.profile == b"":
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, "no profile")
        return pb.SetReferenceResponse(reference="r1")

    async def ListModels(self, request: object, context: object) -> pb.ListModelsResponse:  # noqa: N802 -- as above
        standing = pb.ModelStanding(model="delays", versions=["1", "2"])
        return pb.ListModelsResponse(models=[pb.ModelStanding(model="other", versions=["9"]), standing])

    async def GetRange(self, request: pb.GetRangeRequest, context: object) -> pb.GetRangeResponse:  # noqa: N802 -- as above
        self.asked.append(pb.GetRangeRequest.FromString(request.SerializeToString()))
        windows = WINDOWS if request.key.model_version == "1" else []
        place = int(request.page_token or 0)
        more = str(place + 1) if place + 1 < len(windows) else ""
        return pb.GetRangeResponse(windows=windows[place : place + 1], next_page_token=more)

    async def GetPicture(self, request: pb.GetPictureRequest, context: object) -> pb.GetPictureResponse:  # noqa: N802 -- as above
        self.drawn.append(request)
        return pb.GetPictureResponse(svg=f"<svg>{request.feature}</svg>")


def fake(*, is_known: bool = True) -> Drift:
    return Drift(is_known=is_known)  # type: ignore[abstract]  # it answers what the demo asks, and no more


@asynccontextmanager
async def serving(drift: Drift) -> AsyncIterator[str]:
    add = partial(drift_pb2_grpc.add_DriftServiceServicer_to_server, drift)
    async with asyncio.timeout(20), GrpcServer("127.0.0.1:0", [add], []) as server:
        yield f"127.0.0.1:{server.port}"


def test_a_window_is_a_day_with_its_errors_and_what_moved() -> None:
    assert day_of(WINDOWS[1]) == DayWatched(
        "delays/1", "2013-02-09", is_complete=True, rows=100, labelled=90, error=0.25, estimated=0.5,
        state="unspecified", moving=(Moving("rain", "firing", 0.5),),
    )  # fmt: skip


def test_a_window_without_labels_has_no_error() -> None:
    day = day_of(Window(model="delays", model_version="1", rows=3))

    assert (day.rows, day.labelled, day.error, day.estimated, day.state) == (3, 0, None, None, "")


async def test_all_windows_of_all_versions_come_page_by_page_the_open_one_too() -> None:
    drift = fake()
    async with serving(drift) as address:
        days = await watched_days(address, "delays")

    assert [day.day for day in days] == ["2013-02-08", "2013-02-09", "2013-02-10", "2013-02-11"]
    assert [day.is_complete for day in days] == [True, True, True, False]
    assert [(each.key.model_version, each.page_token) for each in drift.asked] == [
        ("1", ""), ("1", "1"), ("1", "2"), ("1", "3"), ("2", ""),
    ]  # fmt: skip
    assert all(each.with_open for each in drift.asked)


async def test_a_reference_is_set_once_the_model_is_heard_of() -> None:
    drift = fake(is_known=False)
    async with serving(drift) as address:
        assert await hold(address, "delays", "1", PAPERS) == "r1"

    assert [(each.model, each.model_version, each.profile, each.performance) for each in drift.set] == [
        ("delays", "1", *PAPERS)
    ] * 2


async def test_a_reference_that_is_refused_is_not_tried_again() -> None:
    drift = fake()
    async with serving(drift) as address:
        with pytest.raises(CallError, match="no profile"):
            await hold(address, "delays", "1", (b"", b""))

    assert len(drift.set) == 1


async def test_what_fires_is_drawn_on_its_first_day_and_over_all() -> None:
    drift = fake()
    async with serving(drift) as address:
        pictures = await pictures_of(address, [day_of(each) for each in WINDOWS])

    assert pictures == (
        Picture("rain on 2013-02-09", "<svg>rain</svg>"),
        Picture("rain, its effect by day", "<svg>rain</svg>"),
    )
    assert [(each.kind, each.start_ms) for each in drift.drawn] == [
        (pb.PICTURE_KIND_DISTRIBUTION, WINDOWS[1].start_ms),
        (pb.PICTURE_KIND_TREND, WINDOWS[2].start_ms),
    ]
