"""A drift service that serves from memory while windows come: what reads are measured against.

`python -m tests.performance.loops.live ADDRESS WINDOWS_A_SECOND FEATURES [same]`; it serves until it is stopped. With
`same` every answer was made before it was asked for: what gRPC, the machine and the client take by themselves.
"""

from __future__ import annotations

import asyncio
import gc
import sys
from collections.abc import Sequence
from itertools import count

from assay.api.drift.v1.drift_pb2 import GetLatestRequest, ModelStanding, TopRequest
from assay.api.drift.v1.window_pb2 import DriftState, FeatureVerdict, MovedBin, Operations, Window
from assay.drift.live.desk import Desk
from assay.drift.live.live import Live
from assay.drift.service import SERVICE, DriftService
from assay.drift.windows.series import Series
from assay.monitoring.profiles import Cells
from assay.runtime import GrpcServer

__all__ = ["SERIES", "window"]

SERIES = 20
KEEP, HOUR_MS = 200, 3_600_000


def window(series: int, number: int, features: int) -> Window:
    """A window as one of a busy model is: every feature tested, one in ten moved, with its bins."""
    return Window(
        model="delays",
        model_version="1",
        segment=f"airport={series}" if series else "",
        start_ms=number * HOUR_MS,
        end_ms=(number + 1) * HOUR_MS,
        revision=1,
        is_complete=True,
        rows=100_000,
        reference="0123456789abcdef01234567",
        features=[_verdict(place, number) for place in range(features)],
        operations=Operations(requests=100_000, statuses={"ok": 99_000, "error": 1_000}),
        number=number,
    )


def _verdict(place: int, number: int) -> FeatureVerdict:
    has_moved = (place + number) % 10 == 0
    verdict = FeatureVerdict(
        feature=f"feature_{place:03}", n=100_000, test="chi2", statistic=21.5, p=1e-9 if has_moved else 0.4, q=0.01,
        effect=0.06 if has_moved else 0.001, psi=0.06, js=0.02, hellinger=0.1, wasserstein=0.2, missing=0.01, unseen=0.0,
        threshold=0.004, floor=0.01, dispersion=1.3,
        state=DriftState.DRIFT_STATE_FIRING if has_moved else DriftState.DRIFT_STATE_OK,
    )  # fmt: skip
    if has_moved:
        verdict.severity, verdict.direction = "warning", "up"
        verdict.moved.extend(MovedBin(bin=f"[{each}, {each + 1})", reference=0.05, window=0.09) for each in range(3))
    return verdict


class Nothing:
    """A store that nobody should have to ask."""

    async def range(self, series: Series, since_ms: int, until_ms: int, limit: int) -> Sequence[Window]:
        raise NotImplementedError

    async def open_ones(self, series: Series) -> Sequence[Window]:
        raise NotImplementedError

    async def cells(self, series: Series, start_ms: int, end_ms: int, reference: str) -> Cells | None:
        raise NotImplementedError

    async def standings(self) -> Sequence[ModelStanding]:
        raise NotImplementedError


class NoReferences:
    """No model is held to anything."""

    def by_id(self, id: str) -> None:  # noqa: A002 -- it is what the wire calls it
        raise NotImplementedError

    def all(self) -> Sequence[object]:
        return []

    async def set(self, model: str, version: str, profile: bytes, performance: bytes) -> None:
        raise NotImplementedError


class Same(DriftService):
    """Answers what is asked of it with what it has in its hands."""

    def __init__(self, live: Live, desk: Desk) -> None:
        super().__init__(live, desk, NoReferences())  # type: ignore[arg-type]  # nothing of it is asked
        series = Series("delays", "1")
        self._latest = desk.latest([series], frozenset())
        self._few = desk.latest([series], frozenset({f"feature_{place:03}" for place in (1, 2, 3)}))
        self._top = live.top("delays", 20, only_firing=False)

    async def GetLatest(self, request: GetLatestRequest, context: object) -> bytes:  # noqa: N802 -- the shape and the name are gRPC's
        return self._few if request.features else self._latest

    async def Top(self, request: TopRequest, context: object) -> bytes:  # noqa: N802 -- as above
        return self._top


async def serve(address: str, rate: float, features: int, *, same: bool = False) -> None:
    """Serve, and take so many windows a second, one series after the other; none where it is 0."""
    live = Live(KEEP)
    live.fill(window(series, number, features) for series in range(SERIES) for number in range(10))
    desk = Desk(live, Nothing(), dict)
    service = Same(live, desk) if same else DriftService(live, desk, NoReferences())  # type: ignore[arg-type]  # as above
    async with GrpcServer(address, [service.serve], [SERVICE]) as server:
        await server.ready()
        if not rate:
            await asyncio.Event().wait()
        loop = asyncio.get_running_loop()
        began_s = loop.time()
        for turn in count():
            await asyncio.sleep(max(began_s + turn / rate - loop.time(), 0))
            live.take([window(turn % SERIES, 10 + turn // SERIES, features)])


if __name__ == "__main__":
    gc.freeze()  # as every service does
    asyncio.run(serve(sys.argv[1], float(sys.argv[2]), int(sys.argv[3]), same="same" in sys.argv[4:]))
