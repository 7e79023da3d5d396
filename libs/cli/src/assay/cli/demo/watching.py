"""Asks the drift service: holds the model to its reference, waits for its windows, and has what fires drawn."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

from assay.api.drift.v1 import drift_pb2, drift_pb2_grpc, window_pb2
from assay.cli.calls import CALL_S, calling
from assay.cli.demo.promise import breaches_of
from assay.cli.demo.watched import Alerted, DayWatched, Moving, Picture
from assay.cli.errors import CallError

__all__ = ["alerts_of", "day_of", "hold", "pictures_of", "watched_days"]

_POLL_S = 0.25
_KNOWN_S = 20.0
"""How long a contract that was published may take to be heard of."""

_PAGE = 1_000
_STANDING_STILL = ("ok", "unspecified", "insufficient", "learning")
_MOST_DRAWN = 4
_DAY = len("2013-02-08")


async def hold(drift: str, model: str, version: str, papers: tuple[bytes, bytes]) -> str:
    """Hold a version of a model to a reference from now on, once its contract is known there; answer the reference's id.

    Raises:
        CallError: the service refuses it, or does not get to know the model.
    """
    profile, performance = papers
    request = drift_pb2.SetReferenceRequest(
        model=model, model_version=version, profile=profile, performance=performance
    )
    deadline = asyncio.get_running_loop().time() + _KNOWN_S
    while True:
        try:
            async with calling("drift", drift) as channel:
                stub = drift_pb2_grpc.DriftServiceStub(channel)
                return str((await stub.SetReference(request, timeout=CALL_S)).reference)
        except CallError as error:
            if error.code != "NOT_FOUND" or asyncio.get_running_loop().time() > deadline:
                raise
        await asyncio.sleep(_POLL_S)


async def watched_days(drift: str, model: str) -> tuple[DayWatched, ...]:
    """Answer every window of all predictions of each version, those that are still open included, oldest first."""
    async with calling("drift", drift) as channel:
        stub = drift_pb2_grpc.DriftServiceStub(channel)
        found: list[DayWatched] = []
        for version in await _versions(stub, model):
            found += [day_of(window) for window in await _windows(stub, model, version)]
    return tuple(found)


async def pictures_of(drift: str, days: Sequence[DayWatched]) -> tuple[Picture, ...]:
    """Answer what fires: each feature on the first day that it did, and how its effect went."""
    first = {
        (day.series, each.feature): (day, each) for day in reversed(days) if day.is_complete for each in day.firing
    }
    last_ms = {day.series: _start_ms(day) for day in days if day.is_complete}
    drawn: list[Picture] = []
    async with calling("drift", drift) as channel:
        stub = drift_pb2_grpc.DriftServiceStub(channel)
        for day, each in list(reversed(first.values()))[:_MOST_DRAWN]:
            at_first = drift_pb2.PICTURE_KIND_DISTRIBUTION, _start_ms(day), f"{each.feature} on {day.day}"
            at_last = drift_pb2.PICTURE_KIND_TREND, last_ms[day.series], f"{each.feature}, its effect by day"
            for kind, start_ms, title in (at_first, at_last):
                model, _, version = day.series.rpartition("/")
                key = drift_pb2.WindowKey(model=model, model_version=version)
                request = drift_pb2.GetPictureRequest(key=key, feature=each.feature, start_ms=start_ms, kind=kind)
                drawn.append(Picture(title, (await stub.GetPicture(request, timeout=CALL_S)).svg))
    return tuple(drawn)


async def alerts_of(alerts: str, contract: str) -> tuple[Alerted, ...]:
    """Answer what people were told of the model whose predictions keep a contract, oldest first."""
    return tuple(
        Alerted(each.promised, each.fired_on[:_DAY], each.resolved_on and each.resolved_on[:_DAY], each.told)
        for each in await breaches_of(alerts, contract)
    )


def day_of(window: window_pb2.Window) -> DayWatched:
    """What a window says, in the words of the demo."""
    performance = window.performance if window.HasField("performance") else None
    return DayWatched(
        series=f"{window.model}/{window.model_version}",
        day=datetime.fromtimestamp(window.start_ms / 1000, UTC).date().isoformat(),
        is_complete=window.is_complete,
        rows=window.rows,
        labelled=performance.labelled if performance else 0,
        error=_wrong(performance.realised) if performance else None,
        estimated=_wrong(performance.estimated) if performance else None,
        state=_word(performance.state) if performance else "",
        moving=tuple(_moving(window.features)),
    )


async def _versions(stub: drift_pb2_grpc.DriftServiceStub, model: str) -> list[str]:
    answer = await stub.ListModels(drift_pb2.ListModelsRequest(), timeout=CALL_S)
    return [version for each in answer.models if each.model == model for version in each.versions]


async def _windows(stub: drift_pb2_grpc.DriftServiceStub, model: str, version: str) -> list[window_pb2.Window]:
    request = drift_pb2.GetRangeRequest(
        key=drift_pb2.WindowKey(model=model, model_version=version), page_size=_PAGE, with_open=True
    )
    windows: list[window_pb2.Window] = []
    while True:
        answer = await stub.GetRange(request, timeout=CALL_S)
        windows += answer.windows
        if not answer.next_page_token:
            return windows
        request.page_token = answer.next_page_token


def _moving(features: Iterable[window_pb2.FeatureVerdict]) -> Iterable[Moving]:
    for each in features:
        if _word(each.state) not in _STANDING_STILL:
            effect = each.effect if each.HasField("effect") else None
            yield Moving(each.feature, _word(each.state), effect)


def _wrong(figures: Mapping[str, float]) -> float | None:
    return 1 - figures["accuracy"] if "accuracy" in figures else None


def _word(state: window_pb2.DriftState.ValueType) -> str:
    return window_pb2.DriftState.Name(state).removeprefix("DRIFT_STATE_").lower()


def _start_ms(day: DayWatched) -> int:
    return int(datetime.fromisoformat(day.day).replace(tzinfo=UTC).timestamp() * 1000)
