"""The fold of recovery's ledger: dead letters, settlements, replays, panes and actions, in whatever order they come."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import sqlalchemy as sa

from assay.contracts import Contract
from assay.recovery.store import audit, failure_rows, letters, panes, replays, settlements
from assay.recovery.store.bits import BLOCK_OFFSETS
from assay.recovery.store.dead_partitions import held, moved
from assay.runtime import Clock
from assay.streaming import Partition, Record
from assay.streaming.topics import AUDIT, PANES
from assay.telemetry import get_logger

__all__ = ["IndexFold"]

Part = Callable[[sa.Connection, Contract, Sequence[Record]], None]


class IndexFold:
    """Folds the topics of the contracts that are seated, and those of the platform that speak of them.

    What the store says afterwards does not depend on the order in which partitions were folded.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._contracts: dict[str, Contract] = {}
        self._parts: dict[str, tuple[Part, Contract]] = {}

    @property
    def topics(self) -> Sequence[str]:
        """The topics to fold: dead letters, settlements and replays of every contract that is seated, panes and actions."""
        return sorted({*self._parts, PANES, AUDIT})

    def seat(self, contract: Contract) -> None:
        """Fold the topics of this contract from now on."""
        topics = contract.topics
        self._contracts |= {contract.id: contract}
        self._parts |= {
            topics.dead_letters: (_fold_letters, contract),
            topics.settled: (settlements.fold, contract),
            topics.raw_replay: (replays.fold, contract),
        }

    def contract(self, contract_id: str) -> Contract | None:
        """The version in force, where it is seated."""
        return self._contracts.get(contract_id)

    def apply(self, transaction: sa.Connection, records: Sequence[Record]) -> None:
        topic = records[0].topic
        if topic == AUDIT:
            audit.fold(transaction, records)
        elif topic == PANES:
            self._judge(transaction, panes.fold(transaction, records, self._clock.now_ms()))
        else:
            part, contract = self._parts[topic]
            part(transaction, contract, records)

    def _judge(self, transaction: sa.Connection, judged: set[Partition]) -> None:
        """Count the replays that validation went past; who seats their contract later counts them with the next pane."""
        for at in sorted(judged):
            part, contract = self._parts.get(at.topic, (None, None))
            if part is replays.fold and contract is not None:
                dead = held(transaction, contract.topics.dead_letters, at.partition)
                replays.judge(transaction, contract, dead)


def _fold_letters(transaction: sa.Connection, contract: Contract, records: Sequence[Record]) -> None:
    before = held(transaction, records[0].topic, records[0].partition)
    first, last = records[0].offset, records[-1].offset
    dead = replace(
        before,
        first_offset=first if before.first_offset is None else before.first_offset,
        next_offset=last + 1,
    )
    blocks = range(first // BLOCK_OFFSETS, last // BLOCK_OFFSETS + 1)
    settled = settlements.outcomes(transaction, dead.topic, dead.partition, blocks)
    found = letters.tallied(records, settled, dead.first_offset or 0)
    if found.unreadable:
        get_logger().warning("dead_letter.unreadable", topic=dead.topic, records=found.unreadable)
    failure_rows.add(transaction, contract.id, found.accounts)
    moved(transaction, dead)
    replays.judge(transaction, contract, dead)
