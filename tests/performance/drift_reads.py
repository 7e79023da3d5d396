"""Measures reads of the drift service from another process: latency at a fixed rate.

First of answers that were made before they are asked for, which is what gRPC, this client and the machine take; then of
a service to which no window comes, of one to which they do, and with `--ingest ROWS` of that one beside a service that
counts so many answers from a real Kafka as fast as it can, and of the answers that were made before beside that.

By hand: `python -m tests.performance.drift_reads`. Ends with one JSON object on stdout; all else goes to stderr.
A read is timed from the moment that it was due, so that one that had to wait for its turn counts as slow as it was.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import grpc
from google.protobuf.message import Message

from assay.api.drift.v1.drift_pb2 import GetLatestRequest, TopRequest, WindowKey
from assay.api.drift.v1.drift_pb2_grpc import DriftServiceStub
from assay.testkit import Child, open_broker, running
from assay.testkit.ports import free_ports
from tests.performance.answers import FEATURES as COUNTED
from tests.performance.answers import answers
from tests.performance.cpu import cpu_s
from tests.performance.drift import counting
from tests.performance.loops.live import SERIES
from tests.performance.say import say

WARM_S = 2
POLL_S = 0.05
CALL_S = 10.0


@dataclass(frozen=True, slots=True)
class Asked:
    """What is measured: reads a second, windows a second, features of each window, for how long, beside how many answers."""

    reads: int = 1_000
    windows: float = 20.0
    features: int = 50
    seconds: int = 20
    ingest: int = 0


@dataclass
class Reads:
    """What reads of one kind took."""

    due_ms: list[float] = field(default_factory=list)
    sent_ms: list[float] = field(default_factory=list)
    size_bytes: int = 0

    def figures(self) -> dict[str, float]:
        """The quantiles, from when a read was due, and from when it was sent."""
        return {
            "p50_ms": _quantile(self.due_ms, 0.5), "p99_ms": _quantile(self.due_ms, 0.99),
            "p999_ms": _quantile(self.due_ms, 0.999), "sent_p50_ms": _quantile(self.sent_ms, 0.5),
            "sent_p99_ms": _quantile(self.sent_ms, 0.99), "reads": len(self.due_ms), "size_bytes": self.size_bytes,
        }  # fmt: skip


async def measured(asked: Asked, folder: Path) -> dict[str, object]:
    """Return all figures, by what was served."""
    features, windows = str(asked.features), str(asked.windows)
    served = {"same": ("0", features, "same"), "idle": ("0", features), "windows": (windows, features)}
    found: dict[str, object] = {
        name: await _of(arguments, asked, folder / f"{name}.log") for name, arguments in served.items()
    }
    if asked.ingest:
        found |= {
            f"{name} beside ingest": await _beside_ingest(served[name], asked, folder / name)
            for name in ("same", "windows")
        }
    return {"asked": asdict(asked), **found}


async def _beside_ingest(arguments: Sequence[str], asked: Asked, folder: Path) -> dict[str, object]:
    """The figures of reads while another process counts; the rate of that, and whether it had something to do all the while."""
    (folder / "counter").mkdir(parents=True)
    async with (
        open_broker("kafka", folder, say) as broker,
        running("registry", data=folder, store=f"sqlite:///{folder / 'registry.db'}") as registry,
    ):
        logs = await answers(broker, registry, "beside", asked.ingest, folder)
        async with counting(logs, folder) as counter:
            while not (first := await logs.counted()):  # noqa: ASYNC110 -- another process tells of no event
                await asyncio.sleep(POLL_S)
            began_s, used_s = time.monotonic(), cpu_s(counter.pid)
            figures = await _of(arguments, asked, folder / "ingest.log")
            rows, took_s = await logs.counted() - first, time.monotonic() - began_s
            cores = (cpu_s(counter.pid) - used_s) / took_s
    return {
        "feature_values_per_s": round(rows * COUNTED / took_s), "counter_cores": round(cores, 3),
        "was_busy_throughout": first + rows < asked.ingest, **figures,
    }  # fmt: skip


async def _of(arguments: Sequence[str], asked: Asked, log: Path) -> dict[str, object]:
    address = f"127.0.0.1:{free_ports(1)[0]}"
    command = [sys.executable, "-m", "tests.performance.loops.live", address, *arguments]
    async with (
        Child("live", command, log=log) as server,
        grpc.aio.insecure_channel(address, options=[("grpc.enable_http_proxy", 0)]) as channel,
    ):
        await asyncio.wait_for(channel.channel_ready(), 60)
        stub = DriftServiceStub(channel)
        await _load(stub, asked.reads, WARM_S)
        began_s, mine_s = cpu_s(server.pid), time.process_time()
        found = await _load(stub, asked.reads, asked.seconds)
        used, mine = (cpu_s(server.pid) - began_s) / asked.seconds, (time.process_time() - mine_s) / asked.seconds
    figures = {name: each.figures() for name, each in found.items()}
    return {"server_cores": round(used, 3), "client_cores": round(mine, 3), **figures}


async def _load(stub: DriftServiceStub, reads_s: int, seconds: int) -> dict[str, Reads]:
    """Read at a fixed rate, whole windows, few features, and what moved most in turns; nobody waits for the one before."""
    keys = [WindowKey(model="delays", segment=f"airport={each}" if each else "") for each in range(SERIES)]
    few = ["feature_001", "feature_002", "feature_003"]
    kinds: dict[str, Callable[[int], Awaitable[Message]]] = {
        "latest": lambda turn: stub.GetLatest(GetLatestRequest(keys=[keys[turn % SERIES]]), timeout=CALL_S),
        "latest_of_3": lambda turn: stub.GetLatest(
            GetLatestRequest(keys=[keys[turn % SERIES]], features=few), timeout=CALL_S
        ),
        "top": lambda turn: stub.Top(TopRequest(model="delays", limit=20), timeout=CALL_S),
    }
    found = {name: Reads() for name in kinds}
    loop = asyncio.get_running_loop()

    async def read(name: str, turn: int, due_s: float) -> None:
        sent_s = loop.time()
        answer = await kinds[name](turn)
        done_s = loop.time()
        found[name].due_ms.append(1000 * (done_s - due_s))
        found[name].sent_ms.append(1000 * (done_s - sent_s))
        found[name].size_bytes = answer.ByteSize()

    names = list(kinds)
    began_s = loop.time()
    async with asyncio.TaskGroup() as group:
        for turn in range(reads_s * seconds):
            due_s = began_s + turn / reads_s
            if (ahead_s := due_s - loop.time()) > 0:
                await asyncio.sleep(ahead_s)
            group.create_task(read(names[turn % len(names)], turn, due_s))
    say(f"{reads_s * seconds:,} reads, {', '.join(f'{name} {each.figures()}' for name, each in found.items())}")
    return found


def _quantile(values: list[float], share: float) -> float:
    return round(sorted(values)[min(int(share * len(values)), len(values) - 1)], 3)


def main() -> None:
    """Measure, and write one line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name, usual in asdict(Asked()).items():
        parser.add_argument(f"--{name}", type=type(usual), default=usual)
    asked = Asked(**vars(parser.parse_args()))
    with tempfile.TemporaryDirectory(prefix="assay-bench-") as scratch:
        figures = asyncio.run(measured(asked, Path(scratch)))
    sys.stdout.write(json.dumps(figures) + "\n")


if __name__ == "__main__":
    main()
