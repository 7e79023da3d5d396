"""A process that joins amounts and prices: `joint_worker.py BROKER AMOUNTS PRICES OUT GROUP FOLDER`."""

from __future__ import annotations

import sys
from pathlib import Path

from assay.runtime import ServiceConfig, Stop, main
from assay.streaming import Forwarder, joint_lanes
from tests.conformance.streaming.joining import SMALL, Costs


async def run(config: ServiceConfig, stop: Stop) -> None:
    """Join until told to stop."""
    broker, amounts, prices, out, group, folder = sys.argv[1:]
    step = Costs([amounts, prices], out, Path(folder))
    async with Forwarder(broker, group, joint_lanes(broker, step, SMALL), settings=SMALL) as forwarder:
        forwarder.subscribe([amounts])
        await stop.wait()


if __name__ == "__main__":
    main("joining", ServiceConfig, run)
