"""What others do with a model's logs: bare numpy binning of whole columns, and River's detectors one value at a time.

Both read the same records from the broker and keep nothing: no joins, no position, no order, nothing after a crash.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from itertools import chain
from pathlib import Path

import numpy as np
from aiokafka import AIOKafkaConsumer, TopicPartition

from assay.api.models.v1.prediction_pb2 import PredictionBatch
from assay.monitoring.profiles.bins import NumericBins
from assay.monitoring.profiles.papers import profile_from_json
from tests.performance.loops.bare import FETCH_BYTES, FETCH_WAIT_MS
from tests.performance.meter import Meter

__all__ = ["CHUNK_RECORDS"]

CHUNK_RECORDS = 100


def binned(profile: Path) -> Callable[[PredictionBatch], int]:
    """Count the values of a batch in frozen bins, a column at a time."""
    bins = [each for each in profile_from_json(profile.read_text()).bins if isinstance(each, NumericBins)]
    edges = [np.array(each.edges) for each in bins]
    counts = [np.zeros(each.size, dtype=np.int64) for each in bins]

    def take(batch: PredictionBatch) -> int:
        columns = batch.features.numbers
        for place, column in enumerate(columns):
            values = np.array(column.values)
            placed = np.searchsorted(edges[place], values, side="right")
            counts[place] += np.bincount(placed, minlength=counts[place].size)
        return len(columns) * len(batch.prediction_ids)

    return take


def detected(features: int) -> Callable[[PredictionBatch], int]:
    """Give each value to an ADWIN of its feature, River's detector of drift in numbers."""
    from river.drift import ADWIN

    detectors = [ADWIN() for _ in range(features)]  # type: ignore[no-untyped-call]  # River has no types

    def take(batch: PredictionBatch) -> int:
        columns = batch.features.numbers
        for detector, column in zip(detectors, columns, strict=True):
            for value in column.values:
                detector.update(value)  # type: ignore[no-untyped-call]  # as above
        return len(columns) * len(batch.prediction_ids)

    return take


async def read(take: Callable[[PredictionBatch], int], broker: str, topic: str, partitions: int, values: int) -> None:
    """Read until so many values are taken."""
    reader = AIOKafkaConsumer(
        bootstrap_servers=broker,
        enable_auto_commit=False,
        isolation_level="read_committed",
        max_partition_fetch_bytes=FETCH_BYTES,
        fetch_max_wait_ms=FETCH_WAIT_MS,
    )
    await reader.start()
    try:
        reader.assign([TopicPartition(topic, number) for number in range(partitions)])
        await reader.seek_to_beginning()
        meter = Meter(values)
        while not meter.is_through:
            found = await reader.getmany(timeout_ms=500, max_records=CHUNK_RECORDS)
            for record in chain.from_iterable(found.values()):
                meter.saw(take(PredictionBatch.FromString(record.value)))
    finally:
        await reader.stop()


def main() -> None:
    """Read the command line, and take so many values."""
    kind, broker, topic, partitions, values, profile, features = sys.argv[1:]
    take = binned(Path(profile)) if kind == "numpy" else detected(int(features))
    asyncio.run(read(take, broker, topic, int(partitions), int(values)))


if __name__ == "__main__":
    main()
