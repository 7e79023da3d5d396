from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterable
from functools import partial

import grpc
import pytest
from google.rpc import error_details_pb2, status_pb2

from assay.api.drift.v1 import drift_pb2 as pb
from assay.api.drift.v1.window_pb2 import DriftState, SkewVerdict, Window
from assay.contracts.monitoring import Monitoring
from assay.drift.live.desk import MAX_ANSWER_BYTES, TREND
from assay.drift.live.watchers import BEHIND
from assay.drift.service import DESCRIPTOR, DriftService
from assay.drift.windows.series import Series
from assay.monitoring.profiles.papers import profile_to_json
from tests.unit.drift.live.samples import FIRING, HOUR_MS, START_MS, feature, window
from tests.unit.drift.stage import CALL_S, KEEP, PROFILE, Stage, stage, table
from tests.unit.drift.watched import watched

KEY = pb.WindowKey(model="delays", model_version="1")
FIRST = Series("delays", "1")
OFTEN = watched(Monitoring(window_s=10 * HOUR_MS // 1000, hop_s=HOUR_MS // 1000))
LEARNING = DriftState.DRIFT_STATE_LEARNING


async def refused(call: Callable[[], Awaitable[object]]) -> tuple[grpc.StatusCode, str]:
    """The code of a call that is refused, and the reason that programs read."""
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call()
    pairs: Iterable[tuple[str, bytes]] = caught.value.trailing_metadata() or ()  # type: ignore[assignment]  # plain pairs
    told = status_pb2.Status.FromString(dict(pairs)["grpc-status-details-bin"])
    info = error_details_pb2.ErrorInfo()
    told.details[0].Unpack(info)
    return caught.value.code(), info.reason


def hours(windows: Iterable[Window]) -> list[int]:
    """How many hours after the first each window begins."""
    return [(each.start_ms - START_MS) // HOUR_MS for each in windows]


async def pages(on: Stage, **asked: object) -> list[list[int]]:
    """The windows of every page of a range."""
    found, token = list[list[int]](), ""
    while True:
        request = pb.GetRangeRequest(key=KEY, page_token=token, **asked)  # type: ignore[arg-type]  # what a test asks for
        answer = await on.stub.GetRange(request, timeout=CALL_S)
        found.append(hours(answer.windows))
        token = answer.next_page_token
        if not token:
            return found


def test_every_call_of_the_service_is_served() -> None:
    assert all(callable(getattr(DriftService, each.name)) for each in DESCRIPTOR.methods)


async def test_latest_is_the_newest_complete_window_of_each_key_that_has_one() -> None:
    async with stage() as on:
        last = window(1, features=[feature("age", FIRING, 0.2, "critical"), feature("country")])
        last.skew.append(SkewVerdict(feature="country", rate=0.1))
        on.judged(window(0), last, window(0, version="2"), window(0, segment="country=SE"))
        keys = [
            KEY,
            pb.WindowKey(model="delays"),
            pb.WindowKey(model="delays", model_version="1", segment="country=SE"),
            pb.WindowKey(model="nobody"),
        ]
        answer = await on.stub.GetLatest(pb.GetLatestRequest(keys=keys), timeout=CALL_S)
        assert list(answer.windows) == [last, last, window(0, segment="country=SE")]
        few = await on.stub.GetLatest(pb.GetLatestRequest(keys=[KEY], features=["country"]), timeout=CALL_S)
        assert [each.feature for each in few.windows[0].features] == ["country"]
        assert [each.feature for each in few.windows[0].skew] == ["country"]
        assert few.windows[0].operations == last.operations
        assert on.kept.asked == 0


async def test_latest_of_no_key_of_too_many_or_of_what_is_no_key_is_refused() -> None:
    async with stage() as on:
        for keys in ([], [KEY] * 1_001, [pb.WindowKey()], [pb.WindowKey(model="m" * 1_001)],
                     [pb.WindowKey(model="delays", segment="SE")]):  # fmt: skip
            call = partial(on.stub.GetLatest, pb.GetLatestRequest(keys=keys), timeout=CALL_S)
            assert await refused(call) == (grpc.StatusCode.INVALID_ARGUMENT, "REQUEST")


async def test_latest_that_no_client_would_take_is_refused_in_words() -> None:
    async with stage() as on:
        on.judged(window(0, features=[feature(f"feature {number}" * 20) for number in range(3_000)]))
        keys = [KEY] * (MAX_ANSWER_BYTES // on.live.newest_ones(FIRST)[0].body.__len__() + 1)
        call = partial(on.stub.GetLatest, pb.GetLatestRequest(keys=keys), timeout=CALL_S)
        assert await refused(call) == (grpc.StatusCode.RESOURCE_EXHAUSTED, "ANSWER_TOO_LARGE")
        answer = await on.stub.GetLatest(pb.GetLatestRequest(keys=keys, features=["none"]), timeout=CALL_S)
        assert len(answer.windows) == len(keys)


async def test_range_is_every_window_once_whatever_the_size_of_a_page() -> None:
    async with stage() as on:
        on.judged(*map(window, range(12)))
        every = list(range(12))
        for size in (1, 3, 5, 12, 100):
            found = await pages(on, page_size=size)
            assert [hour for page in found for hour in page] == every
            assert all(len(page) == size for page in found[:-1])
        since, until = START_MS + HOUR_MS, START_MS + 9 * HOUR_MS
        assert await pages(on, page_size=5, since_ms=since, until_ms=until) == [[1, 2, 3, 4, 5], [6, 7, 8]]


async def test_newest_windows_come_from_memory_and_older_ones_from_the_store() -> None:
    async with stage() as on:
        on.judged(*map(window, range(12)))
        on.kept.is_away = True
        assert await pages(on, since_ms=START_MS + (12 - KEEP) * HOUR_MS) == [list(range(12 - KEEP, 12))]
        call = partial(on.stub.GetRange, pb.GetRangeRequest(key=KEY), timeout=CALL_S)
        assert await refused(call) == (grpc.StatusCode.UNAVAILABLE, "STORE_AWAY")


async def test_open_windows_come_last_and_only_where_they_are_asked_for() -> None:
    async with stage() as on:
        on.judged(*map(window, range(3)))
        on.kept.opened = [window(number, is_complete=False, revision=0) for number in (3, 4)]
        assert await pages(on) == [[0, 1, 2]]
        assert await pages(on, with_open=True) == [[0, 1, 2, 3, 4]]
        assert await pages(on, with_open=True, page_size=2) == [[0, 1], [2, 3], [4]]
        assert await pages(on, with_open=True, until_ms=START_MS + 4 * HOUR_MS) == [[0, 1, 2, 3]]


async def test_page_ends_where_a_client_would_take_no_more() -> None:
    async with stage() as on:
        large = [feature(f"feature {number}" * 20) for number in range(5_000)]
        on.judged(*(window(number, features=large) for number in range(4)))
        found = await pages(on)
        assert [hour for page in found for hour in page] == list(range(4))
        assert len(found) > 1


async def test_page_of_another_question_or_of_another_version_is_refused() -> None:
    async with stage() as on:
        on.judged(*map(window, range(4)))
        asked = pb.GetRangeRequest(key=pb.WindowKey(model="delays"), page_size=1)
        token = (await on.stub.GetRange(asked, timeout=CALL_S)).next_page_token
        wrong = (grpc.StatusCode.INVALID_ARGUMENT, "PAGE_TOKEN")
        for other in (
            pb.GetRangeRequest(key=KEY, since_ms=1, page_token=token),
            pb.GetRangeRequest(key=KEY, page_token="no token"),
            pb.GetRangeRequest(key=KEY, page_token="AAAA"),
        ):
            assert await refused(partial(on.stub.GetRange, other, timeout=CALL_S)) == wrong
        asked.page_token = token
        assert hours((await on.stub.GetRange(asked, timeout=CALL_S)).windows) == [1]
        on.judged(window(5, version="2"))
        assert await refused(partial(on.stub.GetRange, asked, timeout=CALL_S)) == wrong


async def test_range_that_is_older_than_what_is_kept_is_out_of_range() -> None:
    async with stage() as on:
        on.judged(window(1), window(2))
        for until_ms in (1, START_MS + HOUR_MS):
            call = partial(on.stub.GetRange, pb.GetRangeRequest(key=KEY, until_ms=until_ms), timeout=CALL_S)
            assert await refused(call) == (grpc.StatusCode.OUT_OF_RANGE, "TOO_OLD")
        assert await pages(on, until_ms=START_MS + HOUR_MS + 1) == [[1]]
        answer = await on.stub.GetRange(
            pb.GetRangeRequest(key=pb.WindowKey(model="nobody"), until_ms=1), timeout=CALL_S
        )
        assert not answer.windows


async def test_range_that_can_hold_nothing_is_refused() -> None:
    async with stage() as on:
        for asked in (
            pb.GetRangeRequest(),
            pb.GetRangeRequest(key=KEY, since_ms=-1),
            pb.GetRangeRequest(key=KEY, since_ms=5, until_ms=5),
            pb.GetRangeRequest(key=KEY, page_size=-1),
        ):
            call = partial(on.stub.GetRange, asked, timeout=CALL_S)
            assert await refused(call) == (grpc.StatusCode.INVALID_ARGUMENT, "REQUEST")


async def test_top_is_what_moved_most_of_one_model_or_of_all() -> None:
    async with stage() as on:
        on.judged(
            window(features=[feature("age", FIRING, 0.2, "critical"), feature("country", effect=0.001)]),
            window(model="fares", features=[feature("class", FIRING, 0.06, "warning")]),
        )
        every = (await on.stub.Top(pb.TopRequest(), timeout=CALL_S)).signals
        assert [(each.key.model, each.name) for each in every] == [
            ("delays", "age"), ("fares", "class"), ("delays", "country"),
        ]  # fmt: skip
        assert (every[0].kind, every[0].severity, every[0].start_ms) == ("feature", "critical", START_MS)
        firing = (await on.stub.Top(pb.TopRequest(model="delays", only_firing=True), timeout=CALL_S)).signals
        assert [each.name for each in firing] == ["age"]
        assert len((await on.stub.Top(pb.TopRequest(limit=2), timeout=CALL_S)).signals) == 2
        call = partial(on.stub.Top, pb.TopRequest(limit=-1), timeout=CALL_S)
        assert await refused(call) == (grpc.StatusCode.INVALID_ARGUMENT, "REQUEST")


async def test_watcher_misses_no_revision_after_the_headers() -> None:
    async with stage() as on:
        on.judged(window(0), window(0, model="fares"))
        call = on.stub.Watch(pb.WatchRequest(model="delays"), timeout=CALL_S)
        await call.initial_metadata()
        on.judged(window(1), window(1, model="fares"), window(1, revision=2))
        heard = [(await anext(aiter(call))).window for _ in range(3)]
        assert [(hour, each.revision) for hour, each in zip(hours(heard), heard, strict=True)] == [
            (0, 1), (1, 1), (1, 2),
        ]  # fmt: skip
        call.cancel()


async def test_watcher_that_is_too_slow_is_told_so() -> None:
    async with stage() as on:
        call = on.stub.Watch(pb.WatchRequest(), timeout=CALL_S)
        await call.initial_metadata()
        large = [feature(f"feature {number}" * 20) for number in range(40)]
        on.live.take(window(number, features=large) for number in range(2 * BEHIND))

        async def read() -> None:
            async for _ in call:
                await asyncio.sleep(0)

        assert await refused(read) == (grpc.StatusCode.RESOURCE_EXHAUSTED, "OVERLOADED")


async def test_models_are_told_as_they_stand() -> None:
    async with stage() as on:
        on.kept.stand = [pb.ModelStanding(model="delays", versions=["1"], watermark_ms=5)]
        assert list((await on.stub.ListModels(pb.ListModelsRequest(), timeout=CALL_S)).models) == on.kept.stand
        on.kept.is_away = True
        call = partial(on.stub.ListModels, pb.ListModelsRequest(), timeout=CALL_S)
        assert await refused(call) == (grpc.StatusCode.UNAVAILABLE, "STORE_AWAY")


async def picture(on: Stage, name: str = "age", **asked: object) -> str:
    request = pb.GetPictureRequest(key=KEY, feature=name, **asked)  # type: ignore[arg-type]  # what a test asks for
    return (await on.stub.GetPicture(request, timeout=CALL_S)).svg


async def test_picture_shows_the_counts_of_the_window_against_the_reference() -> None:
    async with stage() as on:
        moved = feature("age", FIRING, 0.2, "critical")
        on.judged(window(features=[moved]))
        on.kept.counts[FIRST, START_MS] = PROFILE.count(table(1_000, 5.0))
        svg = await picture(on)
        assert "age: reference against window" in svg
        assert "reference, 2,000 rows" in svg
        assert "window, 1,000 rows" in svg
        assert "2026-11-26 12:00 to 2026-11-26 13:00 UTC" in svg
        assert await picture(on, start_ms=START_MS) == svg


async def test_picture_of_counts_that_are_gone_shows_the_bins_that_moved() -> None:
    async with stage() as on:
        on.judged(window(features=[feature("age", FIRING, 0.2, "critical"), feature("country")]))
        svg = await picture(on)
        assert "[1, 2): 10.00% of the reference, 30.00% of the window, moved" in svg
        assert "all others: 90.00% of the reference, 70.00% of the window" in svg
        call = partial(picture, on, "country")
        assert await refused(call) == (grpc.StatusCode.FAILED_PRECONDITION, "NOT_TESTED")


async def test_trend_goes_back_from_the_window_into_the_store() -> None:
    async with stage() as on:
        on.judged(*(window(number, features=[feature("age", effect=number / 100)]) for number in range(12)))
        trend = pb.PictureKind.PICTURE_KIND_TREND
        assert (await picture(on, kind=trend)).count(", ok</title>") == 12
        early = await picture(on, kind=trend, start_ms=START_MS + 2 * HOUR_MS)
        assert "2026-11-26 14:00 to 2026-11-26 15:00 UTC" in early
        assert "effect 0.02, ok" in early
        assert "effect 0.03, ok" not in early


async def test_trend_of_windows_that_overlap_is_of_the_newest() -> None:
    async with stage({"delays": OFTEN}) as on:
        many = [window(number, features=[feature("age", effect=number / 10_000)]) for number in range(TREND + 300)]
        for each in many:
            each.end_ms = each.start_ms + 10 * HOUR_MS
        on.judged(*many)
        found = await picture(on, kind=pb.PictureKind.PICTURE_KIND_TREND)
        assert found.count(", ok</title>") == TREND + 1
        assert "effect 0.0498, ok" in found
        assert "effect 0.0299, ok" in found


async def test_picture_of_what_is_not_there_or_was_not_tested_says_why() -> None:
    async with stage() as on:
        on.judged(window(features=[feature("age"), feature("new", LEARNING)]))
        unknown, untested = grpc.StatusCode.NOT_FOUND, grpc.StatusCode.FAILED_PRECONDITION
        for call, told in {
            partial(picture, on, "agee"): (unknown, "FEATURE_UNKNOWN"),
            partial(picture, on, start_ms=1): (unknown, "WINDOW_UNKNOWN"),
            partial(picture, on, "new"): (untested, "NOT_TESTED"),
            partial(picture, on, "new", kind=pb.PictureKind.PICTURE_KIND_TREND): (untested, "NOT_TESTED"),
            partial(picture, on, ""): (grpc.StatusCode.INVALID_ARGUMENT, "REQUEST"),
            partial(picture, on, start_ms=-1): (grpc.StatusCode.INVALID_ARGUMENT, "REQUEST"),
            partial(picture, on, start_ms=2**63 - 1): (grpc.StatusCode.INVALID_ARGUMENT, "REQUEST"),
            partial(picture, on, kind=9): (grpc.StatusCode.INVALID_ARGUMENT, "REQUEST"),
        }.items():
            assert await refused(call) == told
        on.judged(window(1, features=[feature("age", FIRING, 0.3, "critical")]))
        on.book.kept.clear()
        assert await refused(partial(picture, on)) == (untested, "NOT_TESTED")


async def test_reference_is_kept_listed_and_refused_in_words() -> None:
    async with stage() as on:
        profile = profile_to_json(PROFILE).encode()
        asked = pb.SetReferenceRequest(model="delays", model_version="2", profile=profile, performance=b"x")
        assert (await on.stub.SetReference(asked, timeout=CALL_S)).reference == "r2"
        found = (await on.stub.ListReferences(pb.ListReferencesRequest(model="delays"), timeout=CALL_S)).references
        assert [(each.id, each.rows, list(each.features), each.has_performance) for each in found] == [
            ("r", 2_000, ["age", "country"], False), ("r2", 2_000, ["age", "country"], True),
        ]  # fmt: skip
        other = await on.stub.ListReferences(pb.ListReferencesRequest(model="other"), timeout=CALL_S)
        assert not other.references
        for wrong, told in (
            (pb.SetReferenceRequest(model="delays"), (grpc.StatusCode.INVALID_ARGUMENT, "REQUEST")),
            (pb.SetReferenceRequest(profile=profile), (grpc.StatusCode.INVALID_ARGUMENT, "REQUEST")),
            (pb.SetReferenceRequest(model="x", profile=profile), (grpc.StatusCode.NOT_FOUND, "MODEL_UNKNOWN")),
            (
                pb.SetReferenceRequest(model="delays", profile=b"{}"),
                (grpc.StatusCode.INVALID_ARGUMENT, "REFERENCE_UNFIT"),
            ),
        ):
            assert await refused(partial(on.stub.SetReference, wrong, timeout=CALL_S)) == told


async def test_references_are_read_beside_the_loop() -> None:
    async with stage() as on:
        on.judged(window(features=[feature("age", FIRING, 0.2, "critical")]))
        await on.stub.ListReferences(pb.ListReferencesRequest(), timeout=CALL_S)
        await picture(on)
        assert len(on.book.threads) == 2
        assert threading.get_ident() not in on.book.threads


async def test_reference_of_many_features_is_taken() -> None:
    async with stage() as on:
        profile = profile_to_json(PROFILE).encode() + b" " * 8 * 2**20
        asked = pb.SetReferenceRequest(model="delays", model_version="2", profile=profile)
        assert (await on.stub.SetReference(asked, timeout=CALL_S)).reference == "r2"


async def test_fault_of_ours_is_told_without_what_it_said(monkeypatch: pytest.MonkeyPatch) -> None:
    async with stage() as on:
        monkeypatch.setattr(on.live, "top", lambda *_, **__: 1 / 0)
        call = partial(on.stub.Top, pb.TopRequest(), timeout=CALL_S)
        assert await refused(call) == (grpc.StatusCode.INTERNAL, "FAULT")
