"""A store in memory into which panes are folded as the ledger does it, and in which a model is judged turn by turn."""

from __future__ import annotations

import random
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import lru_cache

import numpy as np
import sqlalchemy as sa

from assay.api.drift.v1 import pane_pb2 as pb
from assay.api.drift.v1.window_pb2 import Window
from assay.contracts import Watermark
from assay.contracts.monitoring import Monitoring
from assay.drift.models import WatchedModel
from assay.drift.references import Reference
from assay.drift.windows.fold import LEDGER, WindowFold
from assay.drift.windows.tables import OUTBOX, SCHEMA, WINDOWS
from assay.drift.windows.turn import Turn, Turned
from assay.monitoring.multivariate import PairCounter, even_windows, pair_counter, pairs_of
from assay.monitoring.multivariate.packing import packed
from assay.monitoring.profiles import Labels, Numbers, Table, profile_of
from assay.monitoring.profiles.columns import Floats, Ints
from assay.streaming import Record
from assay.streaming.ledger import POSITIONS, TABLES
from assay.streaming.standing import Bounds
from assay.streaming.topics import DRIFT_PANES
from tests.unit.drift.watched import watched

__all__ = [
    "BEGIN_MS",
    "DELAY_S",
    "NOW_MS",
    "REFERENCE",
    "Case",
    "FixedClock",
    "Known",
    "Merged",
    "a_model",
    "cases_of",
    "on_shards",
    "pane_of",
    "panes_of",
    "said",
    "table_of",
]

NOW_MS = 1_790_000_000_000
BEGIN_MS = 1_700_000_400_000
DELAY_S = 30
SHARDS = 3
PREDICTIONS, LABELS = "churn.predictions.validated", "churn.labels.validated"


class FixedClock:
    """A clock that is set by hand."""

    def __init__(self, now_ms: int = NOW_MS) -> None:
        self.ms = now_ms

    def now_ms(self) -> int:
        return self.ms


@dataclass(frozen=True, slots=True)
class Case:
    """One prediction: when, and what it was made from."""

    at_ms: int
    tenure: float
    plan: int


def cases_of(rows: int, seed: int, every_ms: int = 1_000, moved_from: int | None = None) -> list[Case]:
    """Predictions at even times; from one on, tenure is longer by half a deviation."""
    draw = np.random.default_rng(seed)
    shift = np.where(np.arange(rows) >= (rows if moved_from is None else moved_from), 1.0, 0.0)
    tenures, plans = draw.normal(10, 2, rows) + shift, draw.integers(0, 3, rows)
    return [Case(BEGIN_MS + every_ms * at, float(tenures[at]), int(plans[at])) for at in range(rows)]


def table_of(cases: Sequence[Case]) -> Table:
    """The features of some predictions."""
    tenures: Floats = np.array([each.tenure for each in cases])
    plans: Ints = np.array([each.plan for each in cases], dtype=np.int64)
    return {"tenure": Numbers(tenures), "plan": Labels(plans, ("free", "home", "work"))}


PAST = table_of(cases_of(8_000, 99))
PROFILE = profile_of(PAST)
REFERENCE = Reference("ref-1", "churn", "", PROFILE, (), "set", 0, pairs_of(PROFILE, PAST, even_windows(8_000)))


class Known:
    """References that are set by hand."""

    def __init__(self, *references: Reference) -> None:
        self.references = list(references)

    def of(self, model: str, version: str) -> Reference | None:
        return next((each for each in reversed(self.references) if each.model == model), None)

    def by_id(self, id: str) -> Reference | None:  # noqa: A002 -- it is what the wire calls it
        return next((each for each in self.references if each.id == id), None)


def a_model(monitoring: Monitoring, partitions: int = 3) -> WatchedModel:
    """The model, with a watermark close behind."""
    model = watched(monitoring)
    predictions = replace(model.predictions, watermark=Watermark(delay_s=DELAY_S, idle_s=3_600), partitions=partitions)
    return replace(model, logs={**model.logs, "predictions": predictions})


@dataclass(slots=True)
class _Partition:
    """Where counting is with one partition."""

    next_offset: int = 0


def panes_of(
    cases: Sequence[Case],
    model: WatchedModel,
    sizes: random.Random,
    reference: Reference | None = REFERENCE,
    within_ms: int = 1000 * DELAY_S,
) -> list[pb.DriftPane]:
    """The panes of each partition in turn, its cases in an order that is late by less than the watermark waits for."""
    found: list[pb.DriftPane] = []
    partitions = model.predictions.partitions
    for number in range(partitions):
        mine = sorted(cases[number::partitions], key=lambda each: each.at_ms + sizes.randrange(within_ms))
        at = 0
        while at < len(mine):
            size = sizes.randrange(1, 200)
            found.append(pane_of(mine[at : at + size], model, number, at, reference))
            at += size
    return found


def pane_of(
    cases: Sequence[Case],
    model: WatchedModel,
    partition: int,
    first: int,
    reference: Reference | None = REFERENCE,
    version: str = "1",
) -> pb.DriftPane:
    """One pane, as counting writes it."""
    pane_ms = 1000 * model.monitoring.pane_s
    pane = pb.DriftPane(model=model.name, partition=partition, at_ms=NOW_MS)
    span = pb.LogSpan(topic=PREDICTIONS, first_offset=first, next_offset=first + len(cases), log_end=first + len(cases))
    pane.logs.append(span)
    if cases:
        pane.max_event_ms, pane.max_arrived_ms = max(each.at_ms for each in cases), NOW_MS
    for start_ms in sorted({each.at_ms // pane_ms * pane_ms for each in cases}):
        mine = [each for each in cases if each.at_ms // pane_ms * pane_ms == start_ms]
        part = pane.slices.add(model_version=version, start_ms=start_ms, pane_ms=pane_ms)
        part.operations.statuses["ok"] = len(mine)
        if reference is not None:
            cells = reference.profile.count(table_of(mine))
            part.features.reference, part.features.rows = reference.id, cells.rows
            part.features.cells.extend(cells.counts.ravel().tolist())
            if reference.pairs is not None:
                placed = reference.profile.place(table_of(mine))
                part.features.pairs = packed(_counter(reference).count(placed))
    return pane


@lru_cache
def _counter(reference: Reference) -> PairCounter:
    assert reference.pairs is not None
    return pair_counter(reference.profile, reference.pairs.names)


def on_shards(panes: Sequence[pb.DriftPane], sizes: random.Random) -> list[list[Record]]:
    """The panes on their shards, in chunks of any size; each lane in its own order, shards in any."""
    shards: list[list[Record]] = [[] for _ in range(SHARDS)]
    lanes: dict[int, list[pb.DriftPane]] = {}
    for pane in panes:
        lanes.setdefault(pane.partition, []).append(pane)
    while lanes:
        number = sizes.choice(sorted(lanes))
        shard = number % SHARDS
        pane = lanes[number].pop(0)
        shards[shard].append(Record(DRIFT_PANES, shard, len(shards[shard]), NOW_MS, b"", pane.SerializeToString()))
        if not lanes[number]:
            del lanes[number]
    chunks: list[list[Record]] = []
    while left := [shard for shard in shards if shard]:
        shard_records = sizes.choice(left)
        size = sizes.randrange(1, len(shard_records) + 1)
        chunks.append(shard_records[:size])
        del shard_records[:size]
    return chunks


@dataclass(slots=True)
class Merged:
    """A store, a fold, and turns at one model; another fold may take over at any time."""

    model: WatchedModel
    references: Known = field(default_factory=lambda: Known(REFERENCE))
    clock: FixedClock = field(default_factory=FixedClock)
    engine: sa.Engine = field(init=False)
    fold: WindowFold = field(init=False)
    offsets: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.engine = sa.create_engine("sqlite://", poolclass=sa.StaticPool)
        SCHEMA.create_all(self.engine)
        TABLES.create_all(self.engine)
        self.restart()

    def restart(self) -> None:
        """Begin anew with what the store has."""
        self.fold = WindowFold(self.clock)

    @contextmanager
    def open(self) -> Iterator[sa.Connection]:
        """A transaction of the store."""
        with self.engine.begin() as transaction:
            yield transaction

    def take(self, chunk: Sequence[Record]) -> None:
        """Fold one chunk, and move the position with it."""
        with self.open() as transaction:
            self.fold.apply(transaction, chunk)
            at = {"ledger": LEDGER, "topic": DRIFT_PANES, "partition": chunk[0].partition}
            after = chunk[-1].offset + 1
            if not transaction.execute(sa.update(POSITIONS).filter_by(**at).values(next_offset=after)).rowcount:
                transaction.execute(sa.insert(POSITIONS).values(**at, next_offset=after))

    def take_pane(self, *panes: pb.DriftPane) -> None:
        """Fold panes that come next on the shard of their partition."""
        for pane in panes:
            shard = pane.partition % SHARDS
            offset = self.offsets[shard] = self.offsets.get(shard, -1) + 1
            self.take([Record(DRIFT_PANES, shard, offset, NOW_MS, b"", pane.SerializeToString())])

    def turn(self, *, revises: bool = True, confirmed_ms: int | None = 2**62) -> Turned:
        """Take one turn at the model."""
        turn = Turn(self.model, self.clock.now_ms(), Bounds(), confirmed_ms, revises)
        with self.open() as transaction:
            return turn.take(transaction, self.references)

    def settle(self) -> None:
        """Take turns until nothing is left to do."""
        while self.turn().has_more:
            pass

    def windows(self) -> list[Window]:
        """All windows that were judged, oldest first."""
        with self.open() as transaction:
            texts = transaction.scalars(sa.select(WINDOWS.c.window).order_by(WINDOWS.c.version, WINDOWS.c.start_ms))
            return [Window.FromString(each) for each in texts]

    def rows(self, names: Collection[str]) -> Mapping[str, list[object]]:
        """Every row of some tables."""
        with self.open() as transaction:
            return {
                name: sorted((tuple(row) for row in transaction.execute(sa.select(SCHEMA.tables[name]))), key=repr)
                for name in names
            }

    def posted(self) -> list[bytes]:
        """What is to be told, in its order."""
        with self.open() as transaction:
            return [*transaction.scalars(sa.select(OUTBOX.c.measurement).order_by(OUTBOX.c.id))]


def said(windows: Sequence[Window]) -> list[bytes]:
    """What windows say, however often they were judged."""
    texts = []
    for each in windows:
        bare = Window.FromString(each.SerializeToString())
        bare.ClearField("revision")
        bare.ClearField("judged_at_ms")
        texts.append(bare.SerializeToString(deterministic=True))
    return texts
