"""Measures reads of the drift service from another process: latency at a fixed rate.

First of answers that were made before they are asked for, which is what gRPC, this client and the machine take; then of
a service to which no window comes, of one to which they do, and of that one and the answers made before beside full ingest: a
model sends so many feature values a second to a real Kafka, a process of the service counts them, another one judges them, all on
the same machine. The model, Kafka and who counts stand back: in earnest the first two have machines of their own.

By hand: `python -m tests.performance.drift_reads`. Ends with one JSON object on stdout; all else goes to stderr.
A read is timed from the moment that it was due, so that one that had to wait for its turn counts as slow as it was. It is sent
then too: `select` wakes to the microsecond, where `epoll`, which asyncio prefers, wakes to the next millisecond.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import selectors
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

import grpc
from google.protobuf.message import Message

from assay.api.drift.v1.drift_pb2 import GetLatestRequest, TopRequest, WindowKey
from assay.api.drift.v1.drift_pb2_grpc import DriftServiceStub
from assay.testkit import Child, open_broker, running
from assay.testkit.ports import free_ports
from tests.performance.answers import FEATURES as COUNTED
from tests.performance.answers import Answers, watched
from tests.performance.counting import counting
from tests.performance.cpu import cpu_s, make_way
from tests.performance.loops.live import SERIES
from tests.performance.say import say

WARM_S, SPARE_S = 2, 15
POLL_S = 0.05
CALL_S = 10.0


@dataclass(frozen=True, slots=True)
class Asked:
    """What is measured: reads a second, windows a second, features of each window, for how long, beside how many values a second."""

    reads: int = 1_000
    windows: float = 20.0
    features: int = 50
    seconds: int = 20
    ingest: int = 1_000_000


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


def on_time() -> asyncio.AbstractEventLoop:
    """An event loop that wakes when it should, for few connections."""
    return asyncio.SelectorEventLoop(selectors.SelectSelector())


async def measured(asked: Asked, folder: Path) -> dict[str, object]:
    """Return all figures, by what was served."""
    alone = {name: await _of(name, asked, folder / f"{name}.log") for name in ("same", "idle", "windows")}
    beside = {f"{name} beside ingest": await beside_ingest(asked, folder / name, name) for name in ("same", "windows")}
    return {"asked": asdict(asked), **alone, **beside}


async def beside_ingest(asked: Asked, folder: Path, served: str = "windows") -> dict[str, object]:
    """The figures of reads while another process counts; how much that did meanwhile, and whether more came all the while."""
    (folder / "counter").mkdir(parents=True)
    async with (
        open_broker("kafka", folder, say) as broker,
        running("registry", data=folder, store=f"sqlite:///{folder / 'registry.db'}") as registry,
    ):
        assert broker.child is not None
        make_way(broker.child.pid)
        logs = await watched(broker, registry, "beside", folder)
        async with counting(logs, folder) as counter, _flowing(logs, asked, folder) as model:
            make_way(counter.pid)
            while not (first := await logs.counted()):  # noqa: ASYNC110 -- another process tells of no event
                await asyncio.sleep(POLL_S)
            began_s, used_s = time.monotonic(), cpu_s(counter.pid)
            figures = await _of(served, asked, folder / "live.log")
            rows, took_s = await logs.counted() - first, time.monotonic() - began_s
            cores, was_flowing = (cpu_s(counter.pid) - used_s) / took_s, model.is_running
    return {
        "reads_per_s": asked.reads, "feature_values_per_s": round(rows * COUNTED / took_s), "counter_cores": round(cores, 3), "was_flowing": was_flowing,
        **figures,
    }  # fmt: skip


@asynccontextmanager
async def _flowing(logs: Answers, asked: Asked, folder: Path) -> AsyncIterator[Child]:
    """A model that sends for longer than anything is measured."""
    rows_s = asked.ingest / COUNTED
    rows = round(rows_s * (WARM_S + asked.seconds + SPARE_S))
    arguments = (logs.broker.bootstrap, logs.topic, logs.model, logs.schema_id, rows, rows_s)
    command = [sys.executable, "-m", "tests.performance.loops.flow", *map(str, arguments)]
    child = Child("flow", command, log=folder / "flow.log")
    child.start()
    try:
        yield child
    finally:
        await child.kill()


async def _of(served: str, asked: Asked, log: Path) -> dict[str, object]:
    """The figures of reads from a service to which windows come, or to which none does, or that always answers the same."""
    address = f"127.0.0.1:{free_ports(1)[0]}"
    arguments = [
        str(asked.windows if served == "windows" else 0),
        str(asked.features),
        *(["same"] if served == "same" else []),
    ]
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
    slowest = max(each["p99_ms"] for each in figures.values())
    return {"p99_ms": slowest, "server_cores": round(used, 3), "client_cores": round(mine, 3), **figures}


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
    with tempfile.TemporaryDirectory(prefix="assay-bench-") as scratch, asyncio.Runner(loop_factory=on_time) as runner:
        figures = runner.run(measured(asked, Path(scratch)))
    sys.stdout.write(json.dumps(figures) + "\n")


if __name__ == "__main__":
    main()
