"""Logs what a model answers, from what, and what comes of it: through the producer, joined by prediction id."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Literal, Self

from assay.client.analytical.afterwards import Afterwards
from assay.client.analytical.answer import Answer, Row
from assay.client.analytical.bounds import bounded, checked_id, instant
from assay.client.analytical.columns import frame_bytes, likeness
from assay.client.analytical.errors import RecordLimitError
from assay.client.analytical.events import Event, events_of
from assay.client.analytical.features import Value, packed
from assay.client.analytical.inference import Inference, timed
from assay.client.analytical.partition import partition_of
from assay.client.analytical.setting import Setting
from assay.client.analytical.waiting import Waiting
from assay.client.errors import ProducerClosedError, RecordTooLargeError
from assay.client.event_id import new_event_id
from assay.client.producer import Producer
from assay.contracts.analytical.columns import MAX_ROWS
from assay.telemetry import get_logger
from assay.telemetry.trace import current_traceparent, note

__all__ = ["Buffer", "LogStats", "Predictions"]

log = get_logger()

_BATCH_BYTES = 256 * 1024
_CLOSE_S = 2.0
"""How long a block that ends with an error may still hand over what waits."""


@dataclass(frozen=True, slots=True)
class Buffer:
    """How rows wait, and how many: `rows`, or `size_bytes` of them, whichever is first.

    `when_full` is what becomes of a row for which there is no room: it waits, or it is dropped.
    """

    batch_rows: int = 500
    linger_ms: int = 200
    rows: int = 20_000
    when_full: Literal["wait", "drop"] = "wait"
    size_bytes: int = 64 * 1024 * 1024

    def __post_init__(self) -> None:
        """Refuse batches that no contract takes.

        Raises:
            ValueError: `batch_rows` is none of a batch.
        """
        if not 1 <= self.batch_rows <= MAX_ROWS:
            raise ValueError(f"batch_rows is 1 to {MAX_ROWS}")


@dataclass(slots=True)
class LogStats:
    """Answers since the start: those that were handed to the producer, those that wait, those that were dropped."""

    handed: int = 0
    waiting: int = 0
    dropped: int = 0


class Predictions(Afterwards):
    """Open for the block, inside that of its producer; leaving it hands all that waits to the producer.

    What the producer has taken, it delivers or counts as undelivered. Rows that still wait here are lost with the
    process, like events in the producer's buffer.

    Raises:
        RecordLimitError: contract or producer take no records that are as large as a row.
    """

    def __init__(
        self,
        producer: Producer,
        setting: Setting,
        buffer: Buffer = Buffer(),
        *,
        new_id: Callable[[], str] = new_event_id,
        now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
    ) -> None:
        super().__init__(producer, setting, new_id, now_ms)
        self._buffer = buffer
        limit_bytes = min(_BATCH_BYTES, setting.record_limit_bytes, producer.record_limit_bytes)
        if limit_bytes < (least_bytes := _least_bytes(setting)):
            raise RecordLimitError(self._contract("predictions"), limit_bytes, least_bytes)
        self._row_limit_bytes = limit_bytes - frame_bytes(setting)
        self._waiting = Waiting(self._row_limit_bytes)
        self._under_way: deque[Event] = deque()
        """Of the rows that go first: what the producer has not taken yet."""
        self._stats = LogStats()
        self._some, self._enough, self._moved = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self._handing = asyncio.Lock()
        self._closed = False

    async def __aenter__(self) -> Self:
        self._group = asyncio.TaskGroup()
        await self._group.__aenter__()
        self._task = self._group.create_task(self._run())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closed = True
        self._tell_moved()
        try:
            async with asyncio.timeout(_CLOSE_S if error else None):
                await self._hand_over()
        except TimeoutError:
            pass  # what is left is counted and logged below
        finally:
            self._task.cancel()
            await self._group.__aexit__(None, None, None)
            if self._waiting.count:
                self._stats.dropped += self._waiting.count
                log.error("predictions.left", model=self._setting.model, rows=self._waiting.count)
                self._waiting = Waiting(self._row_limit_bytes)

    async def predict(
        self,
        features: Mapping[str, Value],
        answer: Answer,
        *,
        prediction_id: str = "",
        at_ms: int | None = None,
    ) -> str:
        """Log an answer with what it was made from; return its prediction id, a new one where none is given.

        An answer whose score, or that of an item, is not finite is logged as an error of class `NotFinite`. Without room it waits, or is
        dropped and counted, as the buffer says; it never waits for the network otherwise.

        Raises:
            FeatureError, AnswerError: features or answer are none of the model's contract; nothing is logged.
            RecordTooLargeError: it is larger than a whole batch may be.
            ProducerClosedError: the block has ended.
        """
        row = self._row(features, answer, prediction_id, at_ms)
        while not self._closed and self._is_full() and self._buffer.when_full == "wait":
            moved = self._moved
            await moved.wait()
        self._offer(row)
        return row.prediction_id

    @contextlib.asynccontextmanager
    async def inference(
        self, features: Mapping[str, Value] | None = None, *, prediction_id: str = ""
    ) -> AsyncIterator[Inference]:
        """Time the block and log what it sets on the inference; what it raises is logged as its status, and goes on.

        The inference is `current_inference()` inside the block.
        """
        found = self.begin(prediction_id)
        found.features |= features or {}
        try:
            with timed(found):
                yield found
        except BaseException:  # logged without waiting, for it may be a cancellation
            self.try_end(found)
            raise
        await self.predict(found.features, found.answer(), prediction_id=found.prediction_id, at_ms=found.at_ms)

    def begin(self, prediction_id: str = "") -> Inference:
        """An inference that begins now; without an id it gets a new one."""
        return Inference(prediction_id or self._new_id(), self._now_ms())

    def end(self, inference: Inference) -> None:
        """Log an inference without waiting: without room it is dropped and counted. Raises what `predict` raises."""
        self._offer(self._row(inference.features, inference.answer(), inference.prediction_id, inference.at_ms))

    def try_end(self, inference: Inference) -> None:
        """Log an inference as `end` does; where it can't be, the log of the process says so, and nothing is raised."""
        try:
            self.end(inference)
        except Exception as error:  # noqa: BLE001 -- whatever is wrong with the log, its caller has an answer to give
            log.error("prediction.not_logged", model=self.model, error=type(error).__name__)  # noqa: TRY400 -- no content

    async def flush(self) -> None:
        """Return once everything logged before the call is settled, as the producer's flush does."""
        await self._hand_over()
        await self._producer.flush()

    @property
    def model(self) -> str:
        """The model whose answers are logged."""
        return self._setting.model

    def stats(self) -> LogStats:
        """Return the counts as of now."""
        return replace(self._stats, waiting=self._waiting.count)

    def _is_full(self) -> bool:
        return self._waiting.count >= self._buffer.rows or self._waiting.size_bytes >= self._buffer.size_bytes

    def _offer(self, row: Row) -> None:
        """Let a row wait for its batch; drop and count it where there is no room."""
        if self._closed:
            raise ProducerClosedError
        if self._is_full():
            self._stats.dropped += 1
            return
        setting = self._setting
        note({"model.name": setting.model, "model.version": setting.version, "prediction.id": row.prediction_id})
        key = (partition_of(row.prediction_id, setting.partitions), *likeness(row))
        if self._waiting.add(key, row, self._batch_rows(row)):
            self._enough.set()
        self._some.set()

    def _batch_rows(self, row: Row) -> int:
        """How many rows like this the contract takes in a batch: without classes it counts on one probability of each."""
        shares = 1 if self._setting.classes else max(len(row.answer.probabilities), 1)
        return min(self._buffer.batch_rows, max(MAX_ROWS // shares, 1))

    def _row(self, features: Mapping[str, Value], answer: Answer, prediction_id: str, at_ms: int | None) -> Row:
        row = Row(
            checked_id(prediction_id or self._new_id()),
            self._now_ms() if at_ms is None else instant(at_ms),
            bounded(self._setting, answer),
            packed(self._setting.features, features),
            current_traceparent(),
        )
        if row.size_bytes > self._row_limit_bytes:
            raise RecordTooLargeError(self._contract("predictions"), row.size_bytes, self._row_limit_bytes)
        return row

    async def _run(self) -> None:
        """Hand rows over when a batch is full, or when the oldest has lingered; until cancelled."""
        while True:
            await self._some.wait()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._buffer.linger_ms / 1000):
                    await self._enough.wait()
            await self._hand_over()

    async def _hand_over(self) -> None:
        """Give the producer all rows that wait; it takes them as it has room. Who is stopped here has lost none."""
        at_once = MAX_ROWS if self._setting.layout == "columns" else 1
        async with self._handing:
            self._some.clear()
            self._enough.clear()
            left = self._waiting.close()
            try:
                while left:
                    rows = self._waiting.first(at_once)
                    await self._settle(rows)
                    left -= len(rows)
            except BaseException:
                self._some.set()  # there are rows left, and they have lingered
                self._enough.set()
                raise

    async def _settle(self, rows: list[Row]) -> None:
        """Give the producer the rows that go first; what it can't have is dropped, counted and logged, and is no error."""
        try:
            self._under_way = self._under_way or deque(events_of(self._setting, rows, self._new_id))
            while self._under_way:
                event = self._under_way[0]
                await self._emit(
                    event.role, event.value, event.key, traceparent=event.traceparent, event_id=event.event_id
                )
                self._under_way.popleft()
        except Exception as error:  # noqa: BLE001 -- the rim of the task: no row may end the block, or keep others waiting
            self._under_way.clear()
            self._stats.dropped += len(rows)
            log.error("predictions.dropped", model=self.model, rows=len(rows), error=type(error).__name__)  # noqa: TRY400 -- no content
        else:
            self._stats.handed += len(rows)
        self._waiting.gone(len(rows))
        self._tell_moved()

    def _tell_moved(self) -> None:
        """Wake all who wait for room."""
        moved, self._moved = self._moved, asyncio.Event()
        moved.set()


def _least_bytes(setting: Setting) -> int:
    """A record with one row that says no more than it must."""
    answer = Answer(probabilities=(0.0,) * len(setting.classes))
    return frame_bytes(setting) + Row(new_event_id(), 0, answer, packed(setting.features, {})).size_bytes
