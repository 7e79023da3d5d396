"""Logs of predictions in memory, as who learns reads them."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from assay.api.drift.v1.window_pb2 import Window
from assay.api.models.v1 import prediction_pb2
from assay.drift.windows.series import Series
from assay.streaming import BrokerError
from assay.streaming.record import Partition, Record
from tests.unit.drift.counting.logs import BEGIN_MS, stamp
from tests.unit.drift.counting.stories import batch

__all__ = ["Judged", "Records", "predicted"]

_VECTOR = prediction_pb2.FeatureVector(numbers=[1.0], texts=["free"])


def predicted(name: str) -> prediction_pb2.Prediction:
    return prediction_pb2.Prediction(
        prediction_id=name, predicted_at=stamp(BEGIN_MS), model_version="1", status="ok", score=0.5, label="no"
    )


@dataclass
class Records:
    """A log that is read ten predictions at a time; other topics are empty."""

    names: Sequence[str]
    given: int = 0
    opened: int = 0
    is_away: bool = False

    async def __aenter__(self) -> Self:
        self.opened += 1
        if self.is_away:
            raise BrokerError("the broker is away")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass

    async def ends(self, topic: str) -> Mapping[int, int]:
        return {0: len(self.names)} if "predictions" in topic else {}

    async def forward(self, partition: Partition, since_ms: int) -> AsyncGenerator[Sequence[Record]]:
        for start in range(0, len(self.names), 10):
            self.given += 1
            value = batch([predicted(name) for name in self.names[start : start + 10]], [_VECTOR] * 10)
            yield [Record(partition.topic, partition.partition, start, since_ms, None, value)]


@dataclass
class Judged:
    """Windows that were judged, oldest first, and how many were read."""

    windows: list[Window] = field(default_factory=list)
    read: int = 0

    async def series(self) -> Sequence[Series]:
        return sorted({Series(each.model, each.model_version, each.segment) for each in self.windows})

    async def range(self, series: Series, since_ms: int, until_ms: int, limit: int) -> Sequence[Window]:
        found = [each for each in self.windows if each.model == series.model and each.start_ms >= since_ms][:limit]
        self.read += len(found)
        return found
