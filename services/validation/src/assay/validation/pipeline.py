"""The stream: raw records in, each judged by its contract; validated ones, dead letters and panes out."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager

from assay.contracts import Contract, Judged
from assay.contracts.model import Ordered
from assay.runtime import Clock
from assay.streaming import Block, HeaderError, Onward, Outgoing, Partition, Record, Step, headers
from assay.streaming.keys import Keys
from assay.telemetry import get_logger
from assay.validation.desk import Desk
from assay.validation.errors import NotSeatedError
from assay.validation.judges import Seat
from assay.validation.judging import Explains, explain_here, judge
from assay.validation.news import Bulletin
from assay.validation.ordering import Ordering
from assay.validation.seating import Seating
from assay.validation.settled import next_raw_offset, seeded

__all__ = ["Validation"]

REPLAY_QUOTA = 200
GROUP = "assay.validation"


class Validation(Step):
    """The step of the forwarder: the records of one call are judged by the seats of one moment.

    A transaction holds `replay_quota` replays at most, so that live records are never far behind them.
    """

    def __init__(
        self,
        broker: str,
        seating: Seating,
        keys: Keys,
        clock: Clock,
        *,
        replay_quota: int = REPLAY_QUOTA,
        explain: Explains = explain_here,
        group: str = GROUP,
    ) -> None:
        self._broker = broker
        self._seating = seating
        self._keys = keys
        self._clock = clock
        self._replay_quota = replay_quota
        self._explain = explain
        self._group = group
        self._desks: dict[Partition, Desk] = {}
        self._at_work: set[Partition] = set()

    @property
    def topics(self) -> Collection[str]:
        """The raw topics of every contract that is seated."""
        return self._seating.seats.topics

    async def take(self, contracts: Sequence[Contract]) -> list[str]:
        """Put contracts in force; return the topics whose lanes must begin anew, for they remember other things."""
        before = {topic: _remembered(seat.contract) for topic, seat in self._seating.seats.in_force.items()}
        await self._seating.take(contracts)
        in_force = self._seating.seats.in_force
        return [
            topic
            for topic, remembered in before.items()
            if topic in in_force and _remembered(in_force[topic].contract) != remembered
        ]

    def limit(self, partition: Partition) -> int | None:
        seat = self._seating.seats.in_force.get(partition.topic)
        is_replay = seat is not None and partition.topic == seat.contract.topics.raw_replay
        return self._replay_quota if is_replay else None

    def is_at_work(self, partition: Partition) -> bool:
        return partition in self._at_work

    async def resumes(self, partition: Partition, since_ms: int | None) -> int | None:
        with self._working(partition):
            found = await next_raw_offset(self._broker, self._home(partition.topic).contract, partition, since_ms)
        if found is not None:
            facts = {"topic": partition.topic, "partition": partition.partition, "position": found}
            get_logger().warning("position.recovered", **facts)
        return found

    async def assigned(self, partition: Partition, since_ms: int) -> None:
        contract = self._home(partition.topic).contract
        window = None
        if contract.dedup_s and partition.topic == contract.topics.raw_app:
            with self._working(partition):
                window = await seeded(self._broker, contract, partition, since_ms)
            facts = {"topic": partition.topic, "partition": partition.partition, "ids": len(window)}
            get_logger().info("window.seeded", **facts)
        ordering = await self._ordering(contract, partition, since_ms)
        self._desks[partition] = Desk(partition, self._keys, window, ordering)

    def released(self, partition: Partition) -> None:
        self._desks.pop(partition, None)

    async def judge(self, records: Block) -> list[Outgoing | Onward]:
        partition = Partition(records.topic, records.partition)

        async def explain(seat: Seat, values: Sequence[bytes | None], arrived_ms: Sequence[int]) -> Sequence[Judged]:
            with self._working(partition):
                return await self._explain(seat, values, arrived_ms)

        home = self._home(partition.topic)
        places = await self._seating.seats.place(records)
        found = await judge(records, _arrivals(records, home.contract), places, home, explain)
        desk = self._desks[partition]
        with self._working(partition):
            await desk.look(found)
        return desk.settle(found, home)

    def closing(self, partition: Partition, before: int, after: int, log_end: int) -> list[Outgoing]:
        return self._desks[partition].close(before, after, log_end, self._clock.now_ms())

    def stub(self, record: Record, refusal: str) -> list[Outgoing]:
        return self._desks[Partition(record.topic, record.partition)].stub(record, refusal, self._home(record.topic))

    async def _ordering(self, contract: Contract, partition: Partition, since_ms: int) -> Ordering | None:
        """Return what holds back the records of a partition, seeded; None where nothing is held back."""
        if _remembered(contract)[1] is None:
            return None
        bulletin = Bulletin.of(self._broker, self._group, contract, partition.partition, since_ms)
        ordering = Ordering(contract, partition, self._keys, bulletin)
        with self._working(partition):
            waited_for = await ordering.seed()
        facts = {"topic": partition.topic, "partition": partition.partition, "records": waited_for}
        get_logger().info("order.seeded", **facts)
        return ordering

    @contextmanager
    def _working(self, partition: Partition) -> Iterator[None]:
        """Be at work: a record that hangs its judge has its time, and two thousand of them in a row have it too."""
        self._at_work.add(partition)
        try:
            yield
        finally:
            self._at_work.discard(partition)

    def _home(self, topic: str) -> Seat:
        """Return the seat in force of a topic: its contract says where records go."""
        seat = self._seating.seats.in_force.get(topic)
        if seat is None:
            raise NotSeatedError(topic)
        return seat


def _remembered(contract: Contract) -> tuple[int | None, Ordered | None]:
    """Return what a lane remembers records for; a contract that only observes holds nothing back."""
    return contract.dedup_s, contract.ordered if contract.enforcement == "enforce" else None


def _arrivals(records: Block, contract: Contract) -> list[int]:
    """Return when each record arrived at the door: of a replay, when it first did."""
    if records.topic != contract.topics.raw_replay:
        return records.timestamps_ms
    return [_first_arrival(record) for record in records]


def _first_arrival(record: Record) -> int:
    try:
        return headers.arrived_of(record)
    except HeaderError:  # written by nobody of ours
        return record.timestamp_ms
