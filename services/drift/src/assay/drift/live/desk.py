"""Answers to what is asked of windows: from memory, and from the store what memory no longer has."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping, Sequence
from contextlib import aclosing
from itertools import islice
from typing import Protocol

from assay.api.drift.v1.drift_pb2 import GetRangeResponse, ModelStanding
from assay.api.drift.v1.window_pb2 import Window
from assay.drift.errors import AnswerTooLargeError, NotTestedError, TooOldError, WindowUnknownError
from assay.drift.live.asked import RangeAsked
from assay.drift.live.held import Held, framed
from assay.drift.live.live import Live
from assay.drift.live.pictures import distribution_of, stretch_of, trend_of
from assay.drift.models import WatchedModel
from assay.drift.windows.series import Series
from assay.monitoring.profiles import Cells, Profile

__all__ = ["MAX_ANSWER_BYTES", "Desk", "KeptWindows", "Profiled"]

MAX_ANSWER_BYTES = 3 * 1024 * 1024
"""A client takes 4 MiB unless it is told otherwise."""

TREND = 200
"""Windows that a trend goes back to, at most."""


class KeptWindows(Protocol):
    """What is asked of the store of windows."""

    async def range(self, series: Series, since_ms: int, until_ms: int, limit: int) -> Sequence[Window]:
        """Return complete windows that begin there, oldest first; 0 is no bound."""
        ...

    async def open_ones(self, series: Series) -> Sequence[Window]:
        """Return the windows of a series that are not complete, oldest first, with counts and no verdict."""
        ...

    async def cells(self, series: Series, start_ms: int, end_ms: int, reference: str) -> Cells | None:
        """Return what fell into the bins of a reference in a stretch of time; None where that is not kept."""
        ...

    async def standings(self) -> Sequence[ModelStanding]:
        """Return how far each model is."""
        ...


class Profiled(Protocol):
    """A reference, as far as pictures are concerned."""

    @property
    def profile(self) -> Profile:
        """What the model's features looked like."""
        ...


class Desk:
    """Reads that change nothing."""

    def __init__(self, live: Live, windows: KeptWindows, models: Callable[[], Mapping[str, WatchedModel]]) -> None:
        self._live = live
        self._windows = windows
        self._models = models

    def latest(self, keys: Iterable[Series], features: frozenset[str]) -> bytes:
        """Return the bytes of an answer with the newest complete window of each series that has one.

        Where no version is named, what users did stands in it too: they are of none.

        Raises:
            AnswerTooLargeError: it has more than 3 MiB.
        """
        found, size = list[bytes](), 0
        for series in keys:
            held = self._live.latest(series)
            if held is not None:
                found.append(framed(held.only(features) + self._live.of_users(series, held)))
                size += len(found[-1])
                if size > MAX_ANSWER_BYTES:
                    raise AnswerTooLargeError(MAX_ANSWER_BYTES)
        return b"".join(found)

    async def range(self, asked: RangeAsked) -> bytes:
        """Return the bytes of an answer with one page of windows.

        Raises:
            TooOldError: all that is asked for is older than what is kept.
            StoreAwayError: the store did not answer.
        """
        found = await self._found(asked)
        page, size = list[bytes](), 0
        for held in found[: asked.size]:
            page.append(framed(held.only(asked.features)))
            size += len(page[-1])
            if size > MAX_ANSWER_BYTES and len(page) > 1:
                page.pop()
                break
        if len(page) < len(found):
            token = asked.token(found[len(page) - 1].start_ms)
            page.append(GetRangeResponse(next_page_token=token).SerializeToString())
        return b"".join(page)

    async def watch(self, model: str, *, only_changes: bool) -> AsyncGenerator[bytes]:
        """Give nothing once no window is missed any more, then the bytes of an answer for each window.

        Raises:
            OverloadedError: too many watch, or this one reads too slowly.
        """
        async with aclosing(self._live.watch(model, only_changes=only_changes)) as windows:
            async for held in windows:
                yield framed(held.body) if held is not None else b""

    async def standings(self) -> Sequence[ModelStanding]:
        """Return how far each model is.

        Raises:
            StoreAwayError: the store did not answer.
        """
        return await self._windows.standings()

    async def window(self, series: Series, start_ms: int) -> Window:
        """Return the window of a series that begins there; its newest complete one at 0.

        Raises:
            WindowUnknownError: there is none.
            StoreAwayError: the store did not answer.
        """
        held = self._live.at(series, start_ms) if start_ms else self._live.latest(series)
        if held is not None:
            return held.window()
        found = await self._windows.range(series, start_ms, start_ms + 1, 1) if start_ms else ()
        if not found:
            raise WindowUnknownError(" ".join(filter(None, series)), start_ms)
        return found[0]

    async def distribution(self, window: Window, feature: str, reference: Profiled | None) -> str:
        """Draw a feature in the reference against the window.

        Raises:
            FeatureUnknownError: the window has no such feature.
            NotTestedError: there is nothing to draw.
            StoreAwayError: the store did not answer.
        """
        if reference is None:
            raise NotTestedError(feature, "the window was held to no reference, or to one that is gone")
        series = Series(window.model, window.model_version, window.segment)
        cells = await self._windows.cells(series, *stretch_of(window, feature), window.reference)
        return await asyncio.to_thread(distribution_of, window, feature, reference.profile, cells)

    async def trend(self, window: Window, feature: str) -> str:
        """Draw the effect of a feature over the windows up to this one.

        Raises:
            FeatureUnknownError: the window has no such feature.
            NotTestedError: it was tested in none of them.
            StoreAwayError: the store did not answer.
        """
        series = Series(window.model, window.model_version, window.segment)
        since_ms = max(window.start_ms - TREND * self._hop_ms(window), 0)
        held = self._live.between(series, since_ms, window.start_ms)
        if held is None:
            before = await self._windows.range(series, since_ms, window.start_ms, TREND)
            return await asyncio.to_thread(trend_of, [*before, window], feature)
        live = [each for each in held if each.is_complete]
        return await asyncio.to_thread(lambda: trend_of([*(each.window() for each in live), window], feature))

    def _hop_ms(self, window: Window) -> int:
        """How long after a window the next one begins."""
        model = self._models().get(window.model)
        return 1000 * model.monitoring.hop_s if model else window.end_ms - window.start_ms

    async def _found(self, asked: RangeAsked) -> list[Held]:
        """The windows of a page, and one more where there are more."""
        most = asked.size + 1
        held = self._live.between(asked.series, asked.since_ms, asked.until_ms)
        if held is not None:
            found = list(islice((each for each in held if each.is_complete), most))
        else:
            kept = await self._windows.range(asked.series, asked.since_ms, asked.until_ms, most)
            found = list(map(Held.of, kept))
            if not found and asked.until_ms:
                await self._check_kept(asked)
        if asked.with_open and len(found) < most:
            found += await self._open_ones(asked, found[-1].start_ms + 1 if found else asked.since_ms)
        return found[:most]

    async def _open_ones(self, asked: RangeAsked, since_ms: int) -> list[Held]:
        opened = await self._windows.open_ones(asked.series)
        return [
            Held.of(each)
            for each in opened
            if each.start_ms >= since_ms and not (asked.until_ms and each.start_ms >= asked.until_ms)
        ]

    async def _check_kept(self, asked: RangeAsked) -> None:
        oldest = await self._windows.range(asked.series, 0, 0, 1)
        if oldest and oldest[0].start_ms >= asked.until_ms:
            raise TooOldError(oldest[0].start_ms)
