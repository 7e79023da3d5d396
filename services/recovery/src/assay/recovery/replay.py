"""What is written of a dead letter that is settled: its replay, its settlement, and the end of a run. Pure."""

from __future__ import annotations

from collections import Counter

from assay.api.recovery.v1 import run_pb2 as pb
from assay.contracts import Contract
from assay.contracts.frame import SCHEMA_HEADER
from assay.recovery.decision import End, Replay
from assay.recovery.letter import DeadLetter
from assay.recovery.run import Run
from assay.recovery.settlement import Outcome, Settlement
from assay.streaming import Outgoing, headers
from assay.streaming.topics import AUDIT

__all__ = ["passed", "replayed", "settled"]

KEPT = (headers.EVENT_ID, headers.PRODUCER)


def replayed(letter: DeadLetter, replay: Replay, contract: Contract, at_ms: int) -> Outgoing:
    """The replay of a dead letter.

    It goes to the partition it came from, with its first arrival, its place among the records of its key, its attempt,
    the failure it was one of, and the link to this dead letter.
    """
    theirs = headers.from_outside(replay.record.headers, KEPT)
    if replay.schema is not None:
        theirs = tuple((name, replay.schema if name == SCHEMA_HEADER else value) for name, value in theirs)
    marks: list[tuple[str, bytes | None]] = [
        (headers.ATTEMPT, b"%d" % letter.attempts),
        (headers.ARRIVED, b"%d" % letter.arrived_ms),
        (headers.ORDER, b"%d" % replay.order),
        (headers.DEAD_LETTER, letter.place.encode()),
        (headers.FAILURE, letter.failure.encode()),
    ]
    if replay.flow:
        marks.append((headers.FLOW, replay.flow.encode()))
    if replay.version:
        marks.append((headers.VERSION, replay.version.encode()))
    if letter.key_hash:
        marks.append((headers.RAW_OFFSET, b"%d" % letter.raw_offset))
    record = replay.record
    return Outgoing(contract.topics.raw_replay, record.partition, record.key, replay.value, (*theirs, *marks), at_ms)


def settled(letter: DeadLetter, decision: Replay | End, contract: Contract, run: Run | None, at_ms: int) -> Outgoing:
    """The settlement of a dead letter; nobody asked for one that is quarantined, whichever run met it."""
    is_replay = isinstance(decision, Replay)
    outcome = Outcome.REPLAYED if isinstance(decision, Replay) else decision.outcome
    asked = run if outcome is not Outcome.QUARANTINED else None
    settlement = Settlement(
        headers.source_of(letter.record),
        f"{contract.id}@{contract.version}",
        outcome,
        letter.attempts if is_replay else letter.attempt,
        at_ms,
        letter.failure,
        flow=decision.flow if isinstance(decision, Replay) else "",
        run=asked.id if asked else "",
        actor=asked.actor if asked else "",
        why=asked.why if asked else "",
    )
    return settlement.written(contract.topics.settled)


def passed(run: Run, partition: int, position: int, left: Counter[str], at_ms: int) -> Outgoing:
    """The action that says that a run went through a partition; the same run and partition give the same id."""
    end = run.ends[partition]
    way = pb.RunPartition(
        partition=partition,
        end=end,
        position=min(position, end),
        done=True,
        left=left.total(),
        explanations=[pb.Explanation(text=text, dead_letters=count) for text, count in left.most_common()],
    )
    action = pb.Action(
        id=f"{run.id}/{partition}",
        at_ms=at_ms,
        actor=run.actor,
        why=run.why,
        contract=run.selection.contract,
        passed=pb.RunPassed(run=run.id, partition=way),
    )
    return Outgoing(AUDIT, 0, run.selection.contract.encode(), action.SerializeToString(), (), at_ms)
