"""Learns the reference of a version from the first of its records, where the contract says from how many."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from contextlib import aclosing

from google.protobuf.message import Message

from assay.api.models.v1 import outcome_pb2, prediction_pb2
from assay.contracts.model_log import Role
from assay.drift.counting.answers import Answers, check_batch, of_batches, of_rows
from assay.drift.counting.records import Reading, UnreadableRecordError
from assay.drift.errors import DriftError
from assay.drift.models import FEATURES, PREDICTIONS, WatchedModel
from assay.drift.references.book import References
from assay.drift.references.first_rows import Learnt, learnt, put_together
from assay.drift.references.first_windows import FirstWindows, JudgedWindows
from assay.drift.references.reference import LEARNT, Reference
from assay.drift.windows.series import Series
from assay.monitoring.errors import MonitoringError
from assay.runtime.database import StoreAwayError
from assay.streaming import BrokerError, TopicError
from assay.streaming.blocks import Block
from assay.streaming.log_reader import LogReader
from assay.streaming.record import Partition
from assay.telemetry import get_logger

__all__ = ["Learner"]

log = get_logger()

LABELS: Role = "labels"
EARLY_MS = 3_600_000
"""Records are looked for from so long before the first event on: clocks of producers may be ahead."""

EVERY_S = 5.0


class Learner:
    """Reads validated records beside every group. What it learns gives way to a reference that was set meanwhile."""

    def __init__(self, broker: str, references: References, models: Callable[[], Mapping[str, WatchedModel]]) -> None:
        self._broker = broker
        self._references = references
        self._models = models
        self._reading = Reading()
        self._tried: dict[tuple[str, str], int] = {}
        self._windows: defaultdict[Series, FirstWindows] = defaultdict(FirstWindows)

    async def run(self, windows: JudgedWindows) -> None:
        """Learn whatever can be learnt, again and again until cancelled; what is away is asked again."""
        while True:
            try:
                await self.look(windows)
            except (BrokerError, StoreAwayError) as error:
                log.warning("reference.not_learnt", error=str(error))
            await asyncio.sleep(EVERY_S)

    async def look(self, windows: JudgedWindows) -> None:
        """Learn the references of versions that have none and whose complete windows have rows enough.

        Raises:
            BrokerError: the broker does not give the records.
            StoreAwayError: the store did not answer.
        """
        models = self._models()
        if not any(each.monitoring.reference_rows for each in models.values()):
            return
        for series in await windows.series():
            model = models.get(series.model)
            if model is None or series.segment or not model.monitoring.reference_rows:
                continue
            if not self._references.has(series.model, series.version):
                await self._try(model, series, windows)

    async def learn(self, model: str, version: str, since_ms: int, rows: int) -> Reference | None:
        """Keep and return the reference of a version, whose first event was at `since_ms` and which has so many rows.

        None where it has one, or learns none by its contract, or has too few rows yet, or rows that can't be what it is held
        to. It may be asked as often as there is something new: nothing is read before there are rows enough, and if those do
        not do, not before there are half as many more.

        Raises:
            BrokerError: the broker does not give the records.
            StoreAwayError: the store did not answer.
        """
        watched = self._models().get(model)
        wanted = watched.monitoring.reference_rows if watched else 0
        if watched is None or not wanted or self._references.has(model, version):
            return None
        if rows < self._enough(watched, version):
            return None
        reference = None
        try:
            found = await self._read(watched, version, wanted, since_ms - EARLY_MS)
            if found is not None:
                reference = await self._references.set(model, version, found.profile, found.performance, LEARNT)
                log.info("reference.learnt", model=model, version=version, rows=wanted, reference=reference.id)
        except (DriftError, MonitoringError) as error:
            _not_learnt(model, version, error)
        self._tried[model, version] = rows  # only of what was read: what was away is asked again at once
        return reference

    async def _try(self, model: WatchedModel, series: Series, windows: JudgedWindows) -> None:
        first, overlap = self._windows[series], model.monitoring.window_s // model.monitoring.hop_s
        rows = await first.rows(windows, series, overlap * self._enough(model, series.version)) // overlap
        try:
            await self.learn(series.model, series.version, first.begin_ms, rows)
        except TopicError as error:  # of this model alone
            _not_learnt(series.model, series.version, error)

    def _enough(self, model: WatchedModel, version: str) -> float:
        """How many rows there must be to read the log, once more where that was done."""
        return max(model.monitoring.reference_rows, self._tried.get((model.name, version), 0) * 1.5)

    async def _read(self, model: WatchedModel, version: str, wanted: int, since_ms: int) -> Learnt | None:
        async with LogReader(self._broker) as reader:
            return await self._found(reader, model, version, wanted, since_ms)

    async def _found(
        self, reader: LogReader, model: WatchedModel, version: str, wanted: int, since_ms: int
    ) -> Learnt | None:
        parts: list[Answers] = []
        topic = model.predictions.topics.validated
        for partition in sorted(await reader.ends(topic)):
            parts += await self._answers(reader, model, version, Partition(topic, partition), wanted, since_ms)
        answers = await asyncio.to_thread(put_together, parts, wanted)
        if answers is None:
            return None
        ids = frozenset(answers.ids)
        vectors: dict[str, prediction_pb2.FeatureVector] = {}
        for each in await self._messages(reader, model, FEATURES, ids, since_ms):
            if isinstance(each, prediction_pb2.FeatureVector):
                vectors.setdefault(each.prediction_id, each)
        labels = [
            each
            for each in await self._messages(reader, model, LABELS, ids, since_ms)
            if isinstance(each, outcome_pb2.Label) and each.HasField("labelled_at")
        ]
        return await asyncio.to_thread(learnt, model, answers, vectors, labels)

    async def _answers(
        self, reader: LogReader, model: WatchedModel, version: str, partition: Partition, wanted: int, since_ms: int
    ) -> list[Answers]:
        """Read a partition until it has as many predictions of the version as are wanted of all; a repeat is not another one."""
        found: list[Answers] = []
        ids: set[str] = set()
        async with aclosing(reader.forward(partition, since_ms=since_ms)) as chunks:
            async for records in chunks:
                if records:
                    some = await asyncio.to_thread(self._of_version, model, version, Block.of(records))
                    ids.update(name for each in some for name in each.ids)
                    found += some
                if len(ids) >= wanted:
                    break
        return found

    def _of_version(self, model: WatchedModel, version: str, block: Block) -> list[Answers]:
        found: list[Answers] = []
        singles: list[tuple[prediction_pb2.Prediction, int]] = []
        for place, message in self._reading.messages(model.predictions, block):
            arrived_ms = block.timestamps_ms[place]
            if isinstance(message, prediction_pb2.PredictionBatch):
                found += self._of_batch(model, version, message, arrived_ms)
            elif isinstance(message, prediction_pb2.Prediction) and _is_of(message, version):
                singles.append((message, arrived_ms))
        if singles:
            messages, arrived = zip(*singles, strict=True)
            found.append(of_rows(messages, arrived, len(model.classes)))
        return found

    def _of_batch(
        self, model: WatchedModel, version: str, message: prediction_pb2.PredictionBatch, arrived_ms: int
    ) -> list[Answers]:
        if not _is_of(message, version):
            return []
        try:
            check_batch(message, len(model.classes))
            answers = of_batches([message], [arrived_ms], model.schema, len(model.classes))
        except UnreadableRecordError:
            return []  # counting says so of each
        return [] if answers.features is None else [answers]

    async def _messages(
        self, reader: LogReader, model: WatchedModel, role: Role, ids: Collection[str], since_ms: int
    ) -> list[Message]:
        """Read what a log says of these predictions; nothing where the model has no such log."""
        contract = model.logs.get(role)
        if contract is None or role == PREDICTIONS:
            return []
        topic, found = contract.topics.validated, list[Message]()
        for partition in sorted(await reader.ends(topic)):
            async for records in reader.forward(Partition(topic, partition), since_ms=since_ms):
                if records:
                    messages = await asyncio.to_thread(
                        lambda block: [each for _, each in self._reading.messages(contract, block)], Block.of(records)
                    )
                    found += [each for each in messages if each.prediction_id in ids]  # type: ignore[attr-defined]  # all have it
        return found


def _is_of(message: prediction_pb2.Prediction | prediction_pb2.PredictionBatch, version: str) -> bool:
    return message.model_version == version and message.HasField("predicted_at")


def _not_learnt(model: str, version: str, error: Exception) -> None:
    log.warning("reference.not_learnt", model=model, version=version, error=str(error))
