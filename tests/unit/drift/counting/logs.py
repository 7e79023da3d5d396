"""Logs of a model as a lane gives them to counting: in any mix and any chunks, with crashes and lost files."""

from __future__ import annotations

import json
import random
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from assay.api.drift.v1 import pane_pb2 as pb
from assay.contracts import Contract, load
from assay.contracts.analytical import Feature, FeatureSchema, Model, contracts_of
from assay.contracts.model_log import Role
from assay.contracts.monitoring import Monitoring
from assay.drift.counting import CountingStep, lead_topics
from assay.drift.models import WatchedModel, models_of
from assay.monitoring.multivariate import PairReference
from assay.monitoring.multivariate.making import unknown
from assay.monitoring.multivariate.packing import unpacked
from assay.monitoring.operations import OperationCounts
from assay.monitoring.performance import BinaryCounts, MulticlassCounts, RankingCounts, RegressionCounts
from assay.monitoring.performance.additive import Additive
from assay.monitoring.profiles import Cells, Labels, Numbers, Profile, Table, profile_of
from assay.monitoring.skew import SkewCounts
from assay.streaming.blocks import Block
from assay.streaming.joint_step import LogSpan
from assay.streaming.record import Headers, Partition, Record

__all__ = [
    "BEGIN_MS",
    "FEATURES",
    "Book",
    "Logs",
    "Reference",
    "Sums",
    "held",
    "is_nothing",
    "profile",
    "stamp",
    "summed",
    "watched",
]

BEGIN_MS = 1_700_000_000_000
FEATURES = FeatureSchema((Feature("tenure"), Feature("plan", "string")))
COUNTS: Mapping[str, type[Additive]] = {
    "binary": BinaryCounts,
    "multiclass": MulticlassCounts,
    "regression": RegressionCounts,
    "ranking": RankingCounts,
}
Sums = dict[object, object]


def watched(
    monitoring: Monitoring, *, kind: str = "binary", layout: str = "columns", classes: tuple[str, ...] = ("no", "yes")
) -> WatchedModel:
    """A model of two features."""
    model = Model("churn", FEATURES, kind=kind, classes=classes, layout=layout)  # type: ignore[arg-type]  # as tests say
    found = models_of(load(text.encode()) for text in contracts_of(model).values())["churn"]
    logs: dict[Role, Contract] = {**found.logs, "predictions": replace(found.predictions, monitoring=monitoring)}
    return replace(found, logs=logs)


@dataclass(frozen=True)
class Reference:
    """What the model is held to."""

    id: str
    profile: Profile
    performance: tuple[BinaryCounts | MulticlassCounts | RegressionCounts | RankingCounts, ...] = ()
    pairs: PairReference | None = None


@dataclass
class Book:
    """The references of a model; `held` may change."""

    held: Reference | None

    def of(self, model: str, version: str) -> Reference | None:
        return self.held


def profile() -> Profile:
    """The profile of the features, with what the model says."""
    draw = np.random.default_rng(3)
    table: Table = {
        "tenure": Numbers(draw.normal(10, 2, 400)),
        "plan": Labels(draw.integers(0, 3, 400), ("free", "home", "work")),
        "prediction.score": Numbers(draw.random(400)),
        "prediction.label": Labels(draw.integers(0, 2, 400), ("no", "yes")),
    }
    return profile_of(table)


def held(name: str = "r1") -> Reference:
    """A reference with that profile, which watches how the features go together."""
    return Reference(name, profile(), pairs=unknown(("tenure", "plan")))


def stamp(at_ms: int) -> Timestamp:
    """Milliseconds since 1970 as Protobuf has them."""
    return Timestamp(seconds=at_ms // 1000, nanos=at_ms % 1000 * 1_000_000)


@dataclass
class Logs:
    """Partition 0 of all logs of one model, what is committed of them, and the panes that were written with it."""

    model: WatchedModel
    folder: Path
    references: Book
    records: dict[str, list[Record]] = field(default_factory=lambda: defaultdict(list))
    committed: dict[str, int] = field(default_factory=dict)
    panes: list[pb.DriftPane] = field(default_factory=list)
    step: CountingStep = field(init=False)
    _taken: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.step = self._new_step()

    @property
    def lead(self) -> Partition:
        return Partition(self.model.predictions.topics.validated, 0)

    def add(self, role: Role, message: Message | bytes, arrived_ms: int = 0, headers: Headers = ()) -> None:
        """Put a record at the end of a log."""
        topic = self.model.logs[role].topics.validated
        value = message if isinstance(message, bytes) else message.SerializeToString()
        there = self.records[topic]
        there.append(Record(topic, 0, len(there), arrived_ms or 2 * BEGIN_MS, None, value, headers))

    async def start(self, folder: Path | None = None) -> None:
        """Take the partition in hand, in a process that is new, and read again what the local state lacks."""
        self.folder = folder or self.folder
        self.step = self._new_step()
        family = self.step.family(self.lead)
        committed = {each: self.committed.get(each.topic) for each in family}
        positions = dict(await self.step.assigned(self.lead, committed))
        if any((positions.get(each) or 0) > (committed[each] or 0) for each in family):
            await self.step.forget(self.lead)
            positions = {}
        for each in family:
            again = self.records[each.topic][positions.get(each) or 0 : committed[each] or 0]
            if again:
                await self.step.restore(self.lead, Block.of(again))
                await self.step.committed(self.lead, {each: again[-1].offset + 1})
        self._taken = {each.topic: self.committed.get(each.topic, 0) for each in family}

    async def chunk(self, takes: Iterable[tuple[str, int]], *, crash: str = "") -> None:
        """Give some records of some topics, and commit; or die before Kafka committed, or between it and the file."""
        for topic, count in takes:
            await self.give(topic, count)
        if crash == "before":
            await self.stop()
            return
        spans = {
            Partition(topic, 0): LogSpan(self.committed.get(topic, 0), after, len(self.records[topic]))
            for topic, after in self._taken.items()
        }
        self.panes += [pb.DriftPane.FromString(each.value or b"") for each in self.step.closing(self.lead, spans)]
        self.committed = dict(self._taken)
        if crash == "between":
            await self.stop()
            return
        await self.step.committed(self.lead, {each: span.next for each, span in spans.items()})

    async def give(self, topic: str, count: int = 1) -> None:
        """Give the next records of a topic."""
        start = self._taken.get(topic, 0)
        found = self.records[topic][start : start + count]
        if found:
            await self.step.judge(self.lead, Block.of(found))
            self._taken[topic] = start + len(found)

    async def stop(self) -> None:
        """Let the partition go, and what was not committed with it."""
        await self.step.aclose()

    @property
    def is_done(self) -> bool:
        """Whether all is committed."""
        return all(self.committed.get(topic, 0) == len(found) for topic, found in self.records.items())

    async def undisturbed(self) -> None:
        """Read everything in one chunk, log by log."""
        await self.start()
        await self.chunk([(topic, len(found)) for topic, found in self.records.items()])
        await self.stop()

    async def disturbed(self, chance: random.Random, new_folder: Callable[[], Path]) -> None:
        """Read everything in chunks of any size and any mix, with crashes, restarts and lost files between them."""
        await self.start()
        while not self.is_done:
            topics = [*self.records]
            takes = [(chance.choice(topics), chance.randrange(4)) for _ in range(chance.randrange(1, 6))]
            crash = chance.choice(("", "", "", "before", "between"))
            await self.chunk(takes, crash=crash)
            if crash:
                await self.start(chance.choice((None, None, new_folder())))
        await self.stop()

    def _new_step(self) -> CountingStep:
        return CountingStep(lead_topics({"churn": self.model}), self.references, self.folder, lambda: BEGIN_MS)


def summed(panes: Sequence[pb.DriftPane], kind: str) -> Sums:
    """What panes add up to, by place and what is counted; what comes to nothing is left out."""
    found: Sums = {}
    for pane in panes:
        facts: list[tuple[tuple[object, ...], object]] = [
            (("unmatched",), pane.unmatched),
            (("forgotten",), pane.forgotten),
        ]
        for each in pane.slices:
            place = (each.model_version, each.segment, each.start_ms, each.pane_ms)
            facts += [((*place, *name), value) for name, value in _facts(each, kind)]
        for key, value in facts:
            found[key] = found[key] + value if key in found else value  # type: ignore[operator]  # all of it adds up
    return {key: value for key, value in found.items() if not is_nothing(value)}


def _facts(each: pb.DriftSlice, kind: str) -> Iterator[tuple[tuple[object, ...], object]]:
    if each.HasField("features"):
        counts = np.array(each.features.cells, dtype=np.int64).reshape(1, -1)
        yield ("features", each.features.reference), Cells(each.features.rows, counts)
    if each.features.pairs:
        yield ("pairs", each.features.reference), unpacked(each.features.pairs)
    if each.HasField("operations"):
        said = each.operations
        yield (
            ("operations",),
            OperationCounts(dict(said.statuses), dict(said.errors), tuple(said.latencies), said.fallbacks),
        )
    if each.performance:
        yield ("performance",), COUNTS[kind].read(json.loads(zlib.decompress(each.performance)))
    for skew in each.skew:
        yield ("skew", skew.feature), SkewCounts.read(json.loads(zlib.decompress(skew.counts)))
    for user in each.users:
        of = (user.metric, user.variant, user.user)
        yield (*of, "numerator"), int(user.numerator, 16)
        yield (*of, "denominator"), int(user.denominator, 16)


def is_nothing(value: object) -> bool:
    """Whether counts are those of nothing, as of a label that was taken back."""
    return isinstance(value, Additive) and value == value - value


watched(Monitoring())  # reads the schemas of contracts once, where no loop waits for it
