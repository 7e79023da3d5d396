"""Panes of a platform: many contracts with ten promises each, as validation writes them while records come."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import accumulate
from pathlib import Path

from assay.api.validation.v1.pane_pb2 import Pane, PaneMinute, PaneRefused, PaneSlice
from assay.contracts import Counts

__all__ = [
    "BOUNDS_MS",
    "FIELDS",
    "LATENCY_MS",
    "MINUTE_MS",
    "PROMISES",
    "REASONS",
    "START_MS",
    "Minutes",
    "contract_id",
    "panes",
    "plain",
    "read",
    "recount",
    "write",
]

START_MS = 1_789_999_980_000
"""The start of a minute of 2026."""
MINUTE_MS = 60_000
PARTITIONS = 3
PER_MS = 20
"""Panes of a millisecond: 20,000 a second."""
LENGTH_BYTES = 4
LATE = 0.3

FIELDS = ("amount", "country", "customer", "placed_at")
PROMISES = tuple(f"{field}_{metric}" for field in FIELDS for metric in ("missing", "invalid"))
"""Eight quality lines that are counted by value; a latency and an error rate make it ten promises."""
LATENCY_MS = 900_000
BOUNDS_MS = (
    0, 1_000, 2_000, 5_000, 10_000, 30_000, 60_000, 120_000, 300_000, 600_000, LATENCY_MS, 1_800_000, 3_600_000,
    7_200_000, 21_600_000, 43_200_000, 86_400_000, 172_800_000, 604_800_000,
)  # fmt: skip
REASONS = ("schema", "rule", "late", "duplicate")

Minutes = Mapping[tuple[str, str, int], Counter[str]]
"""Plain sums by name, of each contract, version and minute."""


def contract_id(number: int) -> str:
    """The id of one of the contracts."""
    return f"urn:datacontract:bench:orders-{number}"


def panes(count: int, contracts: int, seed: int = 6) -> Iterator[bytes]:
    """Give so many panes on the wire, in turn of every partition of every contract, with some records that come late."""
    chance = random.Random(seed)
    for number in range(count):
        contract, partition = number % contracts, number // contracts % PARTITIONS
        at_ms = START_MS + number // PER_MS
        yield pane(chance, contract_id(contract), partition, number, at_ms).SerializeToString()


def pane(chance: random.Random, contract: str, partition: int, number: int, at_ms: int, late: float = LATE) -> Pane:
    """Return one pane that is closed then; such a share of them has some late records too."""
    minutes = [_minute(chance, at_ms, chance.randrange(20, 400))]
    if chance.random() < late:
        minutes.insert(0, _minute(chance, at_ms - chance.randrange(1, 20) * MINUTE_MS, chance.randrange(1, 9)))
    version = "1.1.0" if number % 7 == 0 else "1.0.0"
    part = PaneSlice(version=version, fields=FIELDS, promises=PROMISES, lateness_bounds_ms=BOUNDS_MS, minutes=minutes)
    first = number * 1_000
    return Pane(
        contract=contract,
        topic=f"{contract.rpartition(':')[2]}.raw.app",
        partition=partition,
        first_offset=first,
        next_offset=first + 1_000,
        log_end=first + 1_000,
        at_ms=at_ms,
        max_event_ms=max(each.last_event_ms for each in minutes),
        max_arrived_ms=at_ms,
        slices=[part],
    )


def _minute(chance: random.Random, newest_ms: int, records: int) -> PaneMinute:
    refused = [PaneRefused(reason=each, count=chance.randrange(1, 4)) for each in REASONS if chance.random() < 0.2]
    valid = records - min(records, sum(each.count for each in refused))
    rows = valid - min(valid, chance.randrange(3))
    nulls = [min(rows, chance.randrange(4)) for _ in FIELDS]
    late = Counter(chance.choices(range(len(BOUNDS_MS) + 1), k=4))
    lateness = [late[bucket] * (records // 4) for bucket in range(len(BOUNDS_MS) + 1)]
    return PaneMinute(
        minute=newest_ms // MINUTE_MS,
        valid=valid,
        rows=rows,
        refused=refused,
        nulls=nulls,
        present=[rows - each for each in nulls],
        failing=[min(rows, chance.randrange(3)) for _ in PROMISES],
        lateness=lateness,
        last_event_ms=newest_ms,
    )


def write(path: Path, messages: Iterable[bytes]) -> None:
    """Put messages into a file, each behind its length."""
    with path.open("wb") as file:
        for message in messages:
            file.write(len(message).to_bytes(LENGTH_BYTES) + message)


def read(path: Path) -> list[bytes]:
    """Return the messages of a file that `write` wrote."""
    text, at, found = path.read_bytes(), 0, []
    while at < len(text):
        start = at + LENGTH_BYTES
        at = start + int.from_bytes(text[at:start])
        found.append(text[start:at])
    return found


def plain(messages: Iterable[bytes]) -> Minutes:
    """Count panes plainly: every number of every minute under its name, in memory and in one thread."""
    found: defaultdict[tuple[str, str, int], Counter[str]] = defaultdict(Counter)
    for message in messages:
        pane = Pane.FromString(message)
        for part in pane.slices:
            for minute in part.minutes:
                sums = found[pane.contract, part.version, minute.minute]
                sums["valid"] += minute.valid
                sums["rows"] += minute.rows
                sums["last_event_ms"] = max(sums["last_event_ms"], minute.last_event_ms)
                for refused in minute.refused:
                    sums[f"refused {refused.reason}"] += refused.count
                for promise, failing in zip(part.promises, minute.failing, strict=True):
                    sums[f"failing {promise}"] += failing
                for bound_ms, late in zip((*part.lateness_bounds_ms, "above"), minute.lateness, strict=True):
                    sums[f"late {bound_ms}"] += late
    return found


def recount(minutes: Minutes, contract: str, first: int, after: int) -> dict[str, Counts]:
    """Return what a window of a contract comes to by plain sums, by version."""
    found: dict[str, Counts] = {}
    for version in sorted({version for name, version, _ in minutes if name == contract}):
        sums = Counter[str]()
        parts = [minutes[contract, version, at] for at in range(first, after) if (contract, version, at) in minutes]
        for part in parts:
            sums.update(part)
        if parts:
            found[version] = _counts(sums, max(part["last_event_ms"] for part in parts))
    return found


def _counts(sums: Counter[str], last_event_ms: int) -> Counts:
    late = [*accumulate(sums[f"late {bound_ms}"] for bound_ms in (*BOUNDS_MS, "above"))]
    return Counts(
        rows=sums["rows"],
        valid=sums["valid"],
        refused={name.partition(" ")[2]: sums[name] for name in sorted(sums) if name.startswith("refused ")},
        failing={promise: sums[f"failing {promise}"] for promise in PROMISES},
        lateness=dict(zip(BOUNDS_MS, late, strict=False)),
        timed=late[-1],
        last_event_ms=last_event_ms,
    )
