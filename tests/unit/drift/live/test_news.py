from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from assay.api.drift.v1.window_pb2 import Window
from assay.drift.live.counted import Counted
from assay.drift.live.held import Held
from assay.drift.live.live import Live
from assay.drift.live.news import News
from assay.drift.windows.series import Series
from tests.unit.drift.live.samples import window

KEEP = 5


@dataclass
class Judged:
    """Windows by the turn in which they were judged."""

    windows: list[tuple[int, Window]] = field(default_factory=list)

    async def turns(self) -> Mapping[str, int]:
        return {each.model: turn for turn, each in self.windows}

    async def latest(self, per_series: int) -> Sequence[Window]:
        return [each for _, each in self.windows][-per_series:]

    async def since(self, turns: Mapping[str, int]) -> tuple[Sequence[Window], Mapping[str, int]]:
        found = [each for turn, each in self.windows if turn > turns.get(each.model, 0)]
        return found, {**turns, **await self.turns()}


async def test_start_knows_what_was_judged_before_it_and_then_what_others_judge() -> None:
    store, heard = Judged([(1, window(0)), (2, window(1))]), list[Held]()
    live = Live(KEEP, [heard.append])
    news = News(live, store, Counted(), KEEP, 1.0)
    await news.fill()
    assert len(live.newest_ones(Series("delays", "1"))) == 2
    assert not heard
    store.windows += [(3, window(2)), (3, window(0, model="fares"))]
    await news.look()
    assert [(held.series.model, held.start_ms) for held in heard] == [
        ("delays", window(2).start_ms),
        ("fares", window(0).start_ms),
    ]


async def test_what_this_process_judged_is_live_at_once_and_heard_once() -> None:
    store, heard = Judged(), list[Held]()
    live = Live(KEEP, [heard.append])
    news = News(live, store, Counted(), KEEP, 1.0)
    await news.fill()
    store.windows.append((1, window(0)))
    news.hear([window(0)])
    await news.look()
    await news.look()
    assert len(heard) == 1
