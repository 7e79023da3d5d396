"""Writes a model's answers at a fixed rate, as its client would: batches that were made before the first is written.

`python -m tests.performance.loops.flow BROKER TOPIC MODEL SCHEMA ROWS ROWS_A_SECOND`. It stands back where others want the
core: in earnest a model has machines of its own.
"""

from __future__ import annotations

import asyncio
import os
import sys

from assay.streaming import Publisher
from tests.performance.answers import BATCH_ROWS, batches
from tests.performance.cpu import make_way

__all__ = ["flow"]


async def flow(broker: str, topic: str, model: str, schema: str, rows: int, rows_s: float) -> None:
    """Write so many rows, each batch when it is due; what is late is made up for."""
    made = list(batches(topic, model, schema, rows))
    loop = asyncio.get_running_loop()
    async with Publisher(broker) as publisher:
        began_s = loop.time()
        for number, each in enumerate(made):
            if (ahead_s := began_s + number * BATCH_ROWS / rows_s - loop.time()) > 0:
                await asyncio.sleep(ahead_s)
            await publisher.publish([each])


if __name__ == "__main__":
    make_way(os.getpid())
    *names, rows, rows_s = sys.argv[1:]
    broker, topic, model, schema = names
    asyncio.run(flow(broker, topic, model, schema, int(rows), float(rows_s)))
