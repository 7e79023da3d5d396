from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.api.drift.v1.drift_pb2 import GetLatestResponse, TopResponse
from assay.api.drift.v1.window_pb2 import Window
from assay.drift.errors import OverloadedError
from assay.drift.live.desk import Desk
from assay.drift.live.held import Held
from assay.drift.live.live import Live
from assay.drift.live.watchers import BEHIND, MOST
from assay.drift.windows.series import Series
from tests.unit.drift.live.samples import FIRING, HOUR_MS, PENDING, START_MS, feature, window, windows
from tests.unit.drift.stage import Kept

KEEP = 8
FIRST = Series("delays", "1")


def top(live: Live, model: str = "", limit: int = 10, *, only_firing: bool = False) -> list[tuple[str, str]]:
    """The versions and names of what moved most."""
    answer = TopResponse.FromString(live.top(model, limit, only_firing=only_firing))
    return [(each.key.model_version, each.name) for each in answer.signals]


@given(windows(), st.sets(st.sampled_from("abcdefg")))
def test_window_with_few_features_is_the_window_less_the_others(whole: Window, wanted: set[str]) -> None:
    expected = Window.FromString(whole.SerializeToString())
    if wanted:
        for part in (expected.features, expected.skew):
            kept = [each for each in part if each.feature in wanted]
            del part[:]
            part.extend(kept)  # type: ignore[arg-type]  # of the list that it came from
    assert Window.FromString(Held.of(whole).only(wanted)) == expected


@given(st.lists(windows(), max_size=60))
def test_newest_windows_of_each_series_stand_in_their_newest_revision_whatever_the_order(came: list[Window]) -> None:
    live = Live(KEEP)
    live.take(came)
    for series, newest in _newest(came).items():
        found = live.newest_ones(series)
        if not found:  # it ended before what is kept of another begins
            assert any(len(live.newest_ones(other)) == KEEP for other in live.series())
            continue
        assert [held.start_ms for held in found] == sorted(held.start_ms for held in found)
        held_ms = {held.start_ms: held.age for held in found}
        assert len(held_ms) <= KEEP
        for start_ms in sorted(newest)[-len(held_ms) :]:
            assert held_ms[start_ms] == newest[start_ms]
        complete = [held.start_ms for held in found if held.is_complete]
        latest = live.latest(series)
        assert (latest.start_ms if latest else None) == max(complete, default=None)


def _newest(came: Iterable[Window]) -> dict[Series, dict[int, tuple[bool, int, int]]]:
    found: defaultdict[Series, dict[int, tuple[bool, int, int]]] = defaultdict(dict)
    for each in map(Held.of, came):
        of = found[each.series]
        of[each.start_ms] = max(each.age, of.get(each.start_ms, each.age))
    return found


def test_newest_window_tells_of_users_where_no_version_is_named() -> None:
    live = Live(KEEP)
    users = window(1, version="", rows=0)
    users.sessions.ended = 7
    users.experiments.add(metric="ctr")
    live.take([window(0), window(1, features=[feature("age")]), users])
    desk = Desk(live, Kept(), dict)

    (found,) = GetLatestResponse.FromString(desk.latest([Series("delays", "")], frozenset())).windows
    (named,) = GetLatestResponse.FromString(desk.latest([FIRST], frozenset())).windows

    assert (found.sessions.ended, [each.metric for each in found.experiments]) == (7, ["ctr"])
    found.ClearField("sessions")
    found.ClearField("experiments")
    assert found == named == window(1, features=[feature("age")])


def test_older_revision_and_same_revision_again_change_nothing() -> None:
    live = Live(KEEP)
    assert len(live.take([window(0, revision=2)])) == 1
    assert live.take([window(0, revision=1), window(0, revision=2)]) == []
    assert len(live.take([window(0, revision=3)])) == 1


def test_open_window_is_no_latest_and_is_replaced_by_the_complete_one() -> None:
    live = Live(KEEP)
    live.take([window(0), window(1, is_complete=False, revision=9)])
    latest = live.latest(FIRST)
    assert latest is not None
    assert latest.start_ms == START_MS
    live.take([window(1)])
    latest = live.latest(FIRST)
    assert latest is not None
    assert latest.start_ms == START_MS + HOUR_MS


def test_version_whose_predictions_are_the_newest_is_meant_where_none_is_named() -> None:
    live = Live(KEEP)
    live.take([window(0), window(1), window(1, version="2"), window(2, rows=0)])
    assert live.newest_version("delays") == "2"
    live.take([window(3)])
    assert live.newest_version("delays") == "1"
    assert live.newest_version("nobody") == ""


def test_older_windows_than_stand_here_are_asked_of_the_store() -> None:
    live = Live(2)
    live.take(map(window, range(4)))
    first_ms = START_MS + 2 * HOUR_MS
    assert live.between(FIRST, first_ms - 1, 0) is None
    found = live.between(FIRST, first_ms, 0)
    assert found is not None
    assert [held.start_ms for held in found] == [first_ms, first_ms + HOUR_MS]


def test_what_moved_most_comes_first_over_models_and_versions() -> None:
    live = Live(KEEP)
    calm, doubt = feature("calm", effect=0.3), feature("doubt", PENDING, 0.02)
    live.take(
        [
            window(0, features=[calm, doubt, feature("small", FIRING, 0.06, "warning")]),
            window(0, version="2", features=[feature("large", FIRING, 0.05, "critical")]),
        ]
    )
    assert top(live) == [("2", "large"), ("1", "small"), ("1", "doubt"), ("1", "calm")]
    assert top(live, only_firing=True) == [("2", "large"), ("1", "small")]
    assert top(live, limit=1) == [("2", "large")]
    assert top(live, "other") == []
    live.take([window(1, version="2", features=[feature("large")])])
    assert top(live, only_firing=True) == [("1", "small")]


def test_version_that_nobody_asks_any_more_says_nothing_of_its_model() -> None:
    live = Live(KEEP)
    live.take([window(0, features=[feature("old", FIRING, 0.5, "critical")]), window(3, version="2")])
    assert top(live) == [("1", "old")]
    live.take([window(4, version="2")])
    assert top(live) == []


def test_series_that_ended_before_what_is_kept_of_others_is_forgotten() -> None:
    live = Live(2)
    live.take([window(0), *(window(number, version="2") for number in range(4))])
    assert live.series("delays") == [Series("delays", "2")]
    assert live.latest(FIRST) is None


async def test_watcher_hears_the_newest_complete_windows_first_and_then_every_revision() -> None:
    live = Live(KEEP)
    live.take([window(0), window(1), window(2, is_complete=False), window(0, model="other")])
    heard = live.watch("delays", only_changes=False)
    assert await anext(heard) is None
    live.take([window(2), window(1, model="other"), window(1, revision=2), window(1, revision=2)])
    found = [held for held in [await anext(heard) for _ in range(3)] if held]
    assert [(held.start_ms - START_MS) // HOUR_MS for held in found] == [1, 2, 1]
    await heard.aclose()


async def test_watcher_of_changes_hears_only_of_windows_in_which_something_changed_its_state() -> None:
    live = Live(KEEP)
    live.take([window(0, features=[feature("a")])])
    heard = live.watch("", only_changes=True)
    assert await anext(heard) is None
    assert await anext(heard)
    live.take(
        [
            window(1, features=[feature("a"), feature("new")]),
            window(2, features=[feature("a", FIRING)]),
            window(3, features=[feature("a", FIRING)]),
            window(3, features=[feature("a")], revision=2),
            window(4, is_complete=False),
        ]
    )
    found = [held for held in [await anext(heard) for _ in range(2)] if held]
    assert [((held.start_ms - START_MS) // HOUR_MS, held.revision) for held in found] == [(2, 1), (3, 2)]
    await heard.aclose()


def test_whoever_listens_hears_of_each_revision_once_and_of_none_from_before_the_start() -> None:
    heard: list[Held] = []
    live = Live(KEEP, [heard.append])
    live.fill([window(0)])
    taken = live.take([window(0), window(0, revision=2), window(1)])
    assert heard == taken
    assert [held.revision for held in heard] == [2, 1]


async def test_watcher_that_reads_too_slowly_is_told_to_watch_anew() -> None:
    live = Live(KEEP)
    heard = live.watch("", only_changes=False)
    assert await anext(heard) is None
    live.take(window(number) for number in range(BEHIND + 1))
    with pytest.raises(OverloadedError, match="watch anew"):
        await _all(heard)


async def test_no_more_may_watch_than_there_is_room_for() -> None:
    live = Live(KEEP)
    watching = [live.watch("", only_changes=False) for _ in range(MOST)]
    for each in watching:
        await anext(each)
    with pytest.raises(OverloadedError):
        await anext(live.watch("", only_changes=False))
    await watching[0].aclose()
    assert await anext(live.watch("", only_changes=False)) is None
    for each in watching:
        await each.aclose()


async def _all(heard: AsyncIterator[Held | None]) -> list[Held | None]:
    return [held async for held in heard]
