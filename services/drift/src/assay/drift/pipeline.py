"""The streams of drift: logs of models become panes, and panes become windows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import aclosing
from pathlib import Path

from assay.client import Catalog
from assay.contracts import Contract
from assay.drift.counting import CountingStep
from assay.drift.references import References
from assay.drift.roster import Roster
from assay.drift.windows.evaluator import Evaluator
from assay.streaming import PLATFORM_TOPICS, Forwarder, TopicGate, until_standing
from assay.streaming.joint import JointSettings, joint_lanes
from assay.streaming.ledger import Ledger
from assay.streaming.topics import DRIFT_PANES, DRIFT_PANES_SPEC

__all__ = ["COUNTING", "MERGING", "Counter", "merge"]

COUNTING, MERGING = "drift-counting", "drift-panes"
"""Groups: that of those who count logs, and that of those who merge panes."""


class Counter:
    """Counts the logs of every model whose topics stand; the files of what waits to be joined are its own.

    Args:
        broker: host:port.
        references: in whose bins is counted.
        joins: folder of what waits to be joined.
        now_ms: the wall clock.
        commit_s: how long counts are gathered for one pane, at most.
        member: a stable name in the group, or none.
        session_s: how long it may be silent before its partitions go elsewhere.
    """

    def __init__(
        self,
        broker: str,
        references: References,
        joins: Path,
        now_ms: Callable[[], int],
        *,
        commit_s: float,
        member: str = "",
        session_s: float = 20.0,
    ) -> None:
        self._roster = Roster()
        self._gate = TopicGate(broker, besides=[DRIFT_PANES_SPEC])
        self._step = CountingStep(self._roster.by_lead, references, joins, now_ms)
        settings = JointSettings(commit_interval_s=commit_s, session_s=session_s, transaction_s=session_s / 2)
        lanes = joint_lanes(broker, self._step, settings)
        self._forwarder = Forwarder(broker, COUNTING, lanes, member=member, settings=settings, gate=self._gate)

    async def run(self, catalog: Catalog) -> None:
        """Count until cancelled.

        Raises:
            BrokerUnreachableError: no broker answers at the start.
        """
        async with aclosing(self._step), self._forwarder:
            await self._gate.run(catalog.changes(), self._take)

    async def _take(self, contracts: Sequence[Contract]) -> None:
        again = self._roster.take(contracts)
        self._forwarder.subscribe(self._roster.by_lead)
        if again:
            await self._forwarder.reopen(again)


async def merge(broker: str, catalog: Catalog, ledger: Ledger, evaluator: Evaluator) -> None:
    """Fold panes and judge windows until cancelled, once it is known which models there are.

    `assay contract apply` makes the topic of panes.
    """
    await catalog.ready()
    await until_standing(broker, PLATFORM_TOPICS)
    ledger.subscribe([DRIFT_PANES])
    await evaluator.run()
