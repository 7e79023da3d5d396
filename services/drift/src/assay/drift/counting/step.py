"""Counts the logs of models: a pane for each transaction, joined and without repeats."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from hashlib import blake2b
from pathlib import Path

from assay.contracts.model_log import Role
from assay.drift.counting.joins import Joins
from assay.drift.counting.lane import Lane
from assay.drift.counting.panes import written
from assay.drift.counting.plan import Plan, References
from assay.drift.counting.records import Reading
from assay.drift.models import WatchedModel
from assay.streaming.blocks import Block
from assay.streaming.joint_step import JointStep, LogSpan
from assay.streaming.record import Outgoing, Partition

__all__ = ["CountingStep", "lead_topics"]

ORDER: tuple[Role, ...] = ("predictions", "features", "actions", "outcomes", "labels", "skew")


def lead_topics(models: Mapping[str, WatchedModel]) -> dict[str, WatchedModel]:
    """Return models by the topic of their validated predictions, which leads their family."""
    return {each.predictions.topics.validated: each for each in models.values()}


class CountingStep(JointStep):
    """Keeps the joins of each partition in a file of its own in `folder`, which belongs to this process.

    `models` are by the topic that leads their family, and may be exchanged while it runs; a model that is gone is not
    counted any more. Work on a file or on many rows happens in a thread.
    """

    def __init__(
        self,
        models: Mapping[str, WatchedModel],
        references: References,
        folder: Path,
        now_ms: Callable[[], int],
    ) -> None:
        self._models = models
        self._references = references
        self._folder = folder
        self._now_ms = now_ms
        self._reading = Reading()
        self._lanes: dict[Partition, Lane] = {}
        self._plans: dict[str, Plan] = {}
        self._closing: dict[Partition, asyncio.Future[None]] = {}

    @property
    def unreadable(self) -> Counter[str]:
        """Records that could not be read, by topic."""
        return self._reading.unreadable

    def family(self, lead: Partition) -> Sequence[Partition]:
        """Return the logs of the model that a topic leads."""
        model = self._models.get(lead.topic)
        logs = model.logs if model else {}
        topics = [logs[role].topics.validated for role in ORDER if role in logs]
        return [lead, *(Partition(topic, lead.partition) for topic in topics if topic != lead.topic)]

    async def assigned(
        self, lead: Partition, committed: Mapping[Partition, int | None]
    ) -> Mapping[Partition, int | None]:
        """Open the joins of a partition; return how far they are."""
        if closing := self._closing.pop(lead, None):
            await closing
        self._lanes[lead], positions = await asyncio.to_thread(self._opened, lead)
        return {each: positions.get(each.topic) for each in committed}

    async def forget(self, lead: Partition) -> None:
        """Throw away what is known."""
        await asyncio.to_thread(self._lanes[lead].clear)

    def rebuild_since_ms(self, lead: Partition, now_ms: int) -> int | None:
        """Return the arrival from which on records may still be joined."""
        plan = self._plan(lead)
        return now_ms - plan.horizon_ms - plan.lateness_ms if plan else now_ms

    async def restore(self, lead: Partition, records: Block) -> None:
        """Meet records that were counted before."""
        if plan := self._plan(lead):
            await asyncio.to_thread(self._lanes[lead].restore, plan, records)

    async def judge(self, lead: Partition, records: Block) -> None:
        """Meet records and count them."""
        if plan := self._plan(lead):
            await asyncio.to_thread(self._lanes[lead].judge, plan, records)

    def closing(self, lead: Partition, spans: Mapping[Partition, LogSpan]) -> list[Outgoing]:
        """Return the panes of what was counted since the last transaction."""
        plan = self._plan(lead)
        return written(plan.model.name, lead.partition, spans, self._now_ms(), self._lanes[lead].tally) if plan else []

    async def committed(self, lead: Partition, positions: Mapping[Partition, int]) -> None:
        """Keep what was met, up to these positions."""
        at = {each.topic: position for each, position in positions.items()}
        await asyncio.to_thread(self._lanes[lead].commit, at)

    def heartbeat(self, lead: Partition, spans: Mapping[Partition, LogSpan]) -> list[Outgoing]:
        """Return a pane that says where counting stands."""
        plan = self._plan(lead)
        return written(plan.model.name, lead.partition, spans, self._now_ms()) if plan else []

    def released(self, lead: Partition) -> None:
        """Drop what was not committed, and let go of the file in a thread; `assigned` waits for that, and `aclose`."""
        if lane := self._lanes.pop(lead, None):
            self._closing[lead] = asyncio.get_running_loop().run_in_executor(None, lane.joins.close)

    async def aclose(self) -> None:
        """Let go of every partition; return once their files are closed."""
        for lead in [*self._lanes]:
            self.released(lead)
        for closing in [self._closing.pop(lead) for lead in [*self._closing]]:
            await closing

    def _plan(self, lead: Partition) -> Plan | None:
        """How the model is counted, by its contracts as they are now."""
        model = self._models.get(lead.topic)
        if model is None:
            return None
        plan = self._plans.get(lead.topic)
        if plan is None or plan.model is not model:
            plan = self._plans[lead.topic] = Plan.of(model)
        return plan

    def _opened(self, lead: Partition) -> tuple[Lane, Mapping[str, int]]:
        joins = Joins.open(self._folder / _file_name(lead))
        return Lane(joins, self._references, self._reading), joins.positions


def _file_name(lead: Partition) -> str:
    """A name that every file system takes, and that no other partition has."""
    readable = "".join(each if each.isalnum() or each in "-_." else "-" for each in lead.topic)[:80]
    return f"{readable}-{blake2b(lead.topic.encode(), digest_size=6).hexdigest()}-{lead.partition}.joins"
