"""Sends events of an app to the gateway: batched, retried, in order by key."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import count
from types import TracebackType
from typing import Self
from zlib import crc32

import orjson

from assay.api.ingestion.v1 import ingestion_pb2 as pb
from assay.client.batch import Pending
from assay.client.channel import open_channel
from assay.client.config import Config
from assay.client.errors import ProducerClosedError, RecordTooLargeError
from assay.client.event_id import new_event_id
from assay.client.gateway import Gateway
from assay.client.lane import Lane
from assay.client.receipt import Receipt
from assay.client.room import Room
from assay.client.stats import Stats
from assay.telemetry.trace import current_traceparent

__all__ = ["Producer"]

OVERHEAD_BYTES = 150
"""Ids, trace context and framing around key and value."""


class Producer:
    """Open for the block; leaving it delivers what is left, within the delivery deadline.

    Events of one contract and key arrive in the order of emit: they share a lane, and a lane has one batch under way
    at a time. Lanes of a contract run side by side, and no contract waits for another's.
    """

    def __init__(self, gateway: str | Config, new_id: Callable[[], str] = new_event_id) -> None:
        self._config = Config(gateway=gateway) if isinstance(gateway, str) else gateway
        self._new_id = new_id
        self._stats = Stats()
        self._lanes: dict[tuple[str, int], Lane] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._turn = count()
        self._closed = False
        self._group = asyncio.TaskGroup()

    async def __aenter__(self) -> Self:
        self._room = Room(self._config.buffer_events, self._config.buffer_bytes)
        self._channel = open_channel(self._config.gateway)
        self._gateway = Gateway(self._channel, self._config.producer)
        await self._group.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closed = True
        try:
            async with asyncio.timeout(self._config.close_s if error else None):
                await self.flush()
        except TimeoutError:
            pass  # what is left is abandoned below, counted and logged
        finally:
            await self._end()

    async def emit(
        self,
        contract: str,
        record: Mapping[str, object] | bytes,
        key: str | bytes | None = None,
        event_id: str = "",
        version: str = "",
        traceparent: str | None = None,
    ) -> None:
        """Put an event into the buffer; wait for room there, never for the network.

        It is judged by `version` of the contract, by the one in force where none is named. Its trace is that of the
        caller, where no `traceparent` says otherwise; an empty one is none.

        Raises:
            RecordTooLargeError: the record is above `record_limit_bytes`.
            ProducerClosedError: the block has ended.
        """
        await self._accept(contract, record, key, event_id, version, None, traceparent)

    async def emit_for_receipt(
        self,
        contract: str,
        record: Mapping[str, object] | bytes,
        key: str | bytes | None = None,
        event_id: str = "",
        version: str = "",
    ) -> Receipt:
        """Emit, and return the receipt: awaited, it says what became of the event."""
        receipt: Receipt = asyncio.get_running_loop().create_future()
        await self._accept(contract, record, key, event_id, version, receipt)
        return receipt

    async def flush(self) -> None:
        """Return once every event emitted before the call is settled; that takes `delivery_s` at most."""
        async with asyncio.TaskGroup() as group:
            for lane in self._lanes.values():
                group.create_task(lane.drained())

    @property
    def record_limit_bytes(self) -> int:
        """The largest record, with its key, that emit takes."""
        return self._config.record_limit_bytes

    def stats(self) -> Stats:
        """Return the counts as of now."""
        return replace(self._stats)

    async def _accept(
        self,
        contract: str,
        record: Mapping[str, object] | bytes,
        key: str | bytes | None,
        event_id: str,
        version: str,
        receipt: Receipt | None,
        traceparent: str | None = None,
    ) -> None:
        value = record if isinstance(record, bytes) else orjson.dumps(record)
        raw_key = key.encode() if isinstance(key, str) else key or b""
        size_bytes = len(value) + len(raw_key)
        if size_bytes > self._config.record_limit_bytes:
            raise RecordTooLargeError(contract, size_bytes, self._config.record_limit_bytes)
        size_bytes += OVERHEAD_BYTES
        event = pb.Event(
            event_id=event_id or self._new_id(),
            contract=contract,
            key=raw_key,
            value=value,
            traceparent=current_traceparent() if traceparent is None else traceparent,
            version=version,
        )
        while not self._closed and not self._room.has(size_bytes):
            await self._room.wait()
        if self._closed:
            raise ProducerClosedError
        overdue_s = asyncio.get_running_loop().time() + self._config.delivery_s
        self._room.take(size_bytes)
        self._stats.queued += 1
        if self._lane(contract, raw_key).add(Pending(event, size_bytes, overdue_s, receipt)):
            await asyncio.sleep(0)  # a full batch: let its lane send it, an emit that finds room never yields otherwise

    def _lane(self, contract: str, key: bytes) -> Lane:
        """Return the lane of a key; events without one take turns."""
        number = (crc32(key) if key else next(self._turn)) % self._config.lanes
        lane = self._lanes.get((contract, number))
        if lane is None:
            lane = Lane(contract, self._gateway, self._config, self._room, self._stats)
            self._lanes[contract, number] = lane
            self._tasks.append(self._group.create_task(lane.run()))
        return lane

    async def _end(self) -> None:
        for task in self._tasks:
            task.cancel()
        try:
            await self._group.__aexit__(None, None, None)  # an error of the block leaves as it is, not in a group
        finally:
            for lane in self._lanes.values():
                lane.abandon()
            await self._channel.close(grace=None)
