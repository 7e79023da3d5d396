"""Measures the registry: schemas by id beside a bare ASGI server, compatibility of wide schemas, and its start.

`assay bench registry` runs this. Ends with one JSON object on stdout; all else goes to stderr.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Literal

import httpx

from assay.testkit import Child, Service, eventually, running
from assay.testkit.ports import free_ports
from tests.performance.cpu import cpu_s
from tests.performance.load import Load, asked, loaded
from tests.performance.many import KINDS, filled, wide
from tests.performance.say import say

SCHEMAS, REQUESTS, ROUNDS = 50_000, 20_000, 5
ASKED_FOR = 1_000
FIELDS, CHECKS = 500, 15
STARTS = 3

Figures = dict[str, object]


@dataclass(frozen=True, slots=True)
class Spent:
    """What something took: by the wall, which the neighbours of a machine stretch, and of the server's CPU."""

    wall_s: float
    cpu_s: float


async def measured(schemas: int, requests: int, rounds: int, data: Path) -> Figures:
    """Return all figures."""
    say(f"a store with {schemas:,} schemas")
    url = await filled(data / "registry.db", schemas)
    async with running("registry", data=data, store=url) as registry:
        starts = [await _start(registry, schemas) for _ in range(STARTS)]
        ours, bare = await _race(registry, schemas, requests, rounds, data)
        checks = {kind.lower(): await _checks(registry, kind) for kind in KINDS}
    return {
        "vs_bare_asgi": _ratio(ours, bare, "per_cpu_s"),
        "check_ms": {kind: round(1000 * median(each.wall_s for each in found), 1) for kind, found in checks.items()},
        "check_cpu_ms": {kind: round(1000 * median(each.cpu_s for each in found), 1) for kind, found in checks.items()},
        "start_s": round(median(each.wall_s for each in starts), 2),
        "start_cpu_s": round(median(each.cpu_s for each in starts), 2),
        "figures": {
            "rate": "requests per second of the server's CPU; wall beside it; the ratio is the median over the rounds",
            "cores": os.cpu_count(), "schemas": schemas, "requests": requests, "rounds": rounds, "fields": FIELDS,
            "by_wall": _ratio(ours, bare, "per_wall_s"),
            "assay": [_rounded(each) for each in ours], "bare": [_rounded(each) for each in bare],
            "checks_ms": {kind: [round(1000 * each.wall_s, 1) for each in found] for kind, found in checks.items()},
            "starts_s": [round(each.wall_s, 2) for each in starts],
        },
    }  # fmt: skip


async def _race(
    registry: Service, schemas: int, requests: int, rounds: int, data: Path
) -> tuple[list[Load], list[Load]]:
    """Ask both servers in turns for answers of one size, after a round that does not count."""
    step = max(schemas // ASKED_FOR, 1)
    paths = [f"/schemas/ids/{number}" for number in range(1, schemas + 1, step)]
    body, whole = await _sizes(registry.http, paths[-1])
    async with _bare(body, data) as (bare, address):
        _, constant = await _sizes(address, paths[-1])
        assert constant == whole, (constant, whole)
        ours, theirs = list[Load](), list[Load]()
        for place in range(rounds + 1):
            count = requests if place else requests // 10
            ours.append(await loaded(registry.http, paths, whole, count, registry.pid))
            theirs.append(await loaded(address, paths, whole, count, bare.pid))
            say(f"by id: {ours[-1].per_cpu_s:,.0f} a second of CPU, bare {theirs[-1].per_cpu_s:,.0f}")
    return ours[1:], theirs[1:]


@asynccontextmanager
async def _bare(size: int, data: Path) -> AsyncIterator[tuple[Child, str]]:
    """The bare application on the same server, with a body of this size."""
    address = f"127.0.0.1:{free_ports(1)[0]}"
    command = [sys.executable, "-m", "tests.performance.loops.constant", address, str(size)]
    async with Child("bare", command, log=data / "bare.log") as child:

        async def answers() -> bool:
            child.check()
            try:
                await _sizes(address, "/")
            except OSError:
                return False
            return True

        await eventually(answers)
        yield child, address


async def _sizes(address: str, path: str) -> tuple[int, int]:
    """The size of the body of an answer, and of the whole of it."""
    host, _, port = address.rpartition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(asked(path))
    head = await reader.readuntil(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 "), head
    body = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
    writer.close()
    return body, len(head) + body


async def _start(registry: Service, schemas: int) -> Spent:
    """What it takes from its start until it is ready and answers the newest schema."""
    await registry.stop()
    began_s = time.perf_counter()
    registry.start()
    async with httpx.AsyncClient(base_url=f"http://{registry.http}") as http:

        async def answers() -> bool:
            registry.check()
            try:
                ready, newest = await http.get("/readyz"), await http.get(f"/schemas/ids/{schemas}")
            except httpx.TransportError:
                return False
            return ready.status_code == newest.status_code == 200

        await eventually(answers)
    spent = Spent(time.perf_counter() - began_s, cpu_s(registry.pid))
    say(f"start: {spent.wall_s:.2f} s, {spent.cpu_s:.2f} s of CPU")
    return spent


async def _checks(registry: Service, kind: str) -> list[Spent]:
    """What a check of compatibility takes, each with a schema that was never seen."""
    found = []
    subject = f"wide-{kind.lower()}"
    async with httpx.AsyncClient(base_url=f"http://{registry.http}", timeout=60) as http:
        body = {"schema": wide(kind, FIELDS), "schemaType": kind}
        assert (await http.post(f"/subjects/{subject}/versions", json=body)).status_code == 200
        for place in range(CHECKS):
            body["schema"] = wide(kind, FIELDS, f"more_{place}")
            began_s, used_s = time.perf_counter(), cpu_s(registry.pid)
            answer = await http.post(f"/compatibility/subjects/{subject}/versions/latest", json=body)
            found.append(Spent(time.perf_counter() - began_s, cpu_s(registry.pid) - used_s))
            assert answer.json() == {"is_compatible": True}, answer.text
    say(f"check of {FIELDS} fields, {kind}: {1000 * median(each.wall_s for each in found):.1f} ms")
    return found


def _ratio(ours: Sequence[Load], theirs: Sequence[Load], name: Literal["per_cpu_s", "per_wall_s"]) -> float:
    """The median over the rounds of one rate by the other."""
    found: list[float] = [asdict(mine)[name] / asdict(other)[name] for mine, other in zip(ours, theirs, strict=True)]
    return round(median(found), 3)


def _rounded(load: Load) -> dict[str, float]:
    return {name: round(value, 2) if value < 10 else round(value) for name, value in asdict(load).items()}


def main() -> None:
    """Measure, and write one line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--schemas", type=int, default=SCHEMAS)
    parser.add_argument("--requests", type=int, default=REQUESTS)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    told = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="assay-bench-") as scratch:
        figures = asyncio.run(measured(told.schemas, told.requests, told.rounds, Path(scratch)))
    sys.stdout.write(json.dumps(figures) + "\n")


if __name__ == "__main__":
    main()
