"""Actions, folded: the audit itself, and what it says of runs, trials and marks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import sqlalchemy as sa
from google.protobuf.message import DecodeError

from assay.api.recovery.v1 import run_pb2 as pb
from assay.recovery.store import run_rows
from assay.recovery.store.letters import FINGERPRINT
from assay.recovery.store.tables import ACTIONS, MARKS, TRIALS
from assay.recovery.store.upsert import clean, insert_missing, upsert
from assay.streaming import Record
from assay.telemetry import get_logger

__all__ = ["fold"]

MAX_WORD = 255
MAX_NOTE = 10_000


def fold(transaction: sa.Connection, records: Sequence[Record]) -> None:
    """Take in actions; one that was written again changes nothing."""
    for record in records:
        action = _read(record)
        if action is None:
            get_logger().warning("action.unreadable", topic=record.topic, offset=record.offset)
        elif _is_new(transaction, action):
            DO.get(action.WhichOneof("what") or "", _nothing)(transaction, action)


def _read(record: Record) -> pb.Action | None:
    try:
        action = pb.Action.FromString(record.value or b"")
    except DecodeError:
        return None
    return action if action.id else None


def _is_new(transaction: sa.Connection, action: pb.Action) -> bool:
    row = {
        "id": clean(action.id, MAX_WORD),
        "at_ms": action.at_ms,
        "contract": clean(action.contract, MAX_WORD),
        "body": action.SerializeToString(),
    }
    return bool(insert_missing(transaction, ACTIONS, [row]))


def _mark(transaction: sa.Connection, action: pb.Action) -> None:
    marked = action.marked
    if FINGERPRINT.fullmatch(marked.fingerprint):
        row = {
            "fingerprint": marked.fingerprint,
            "is_known": marked.known,
            "note": clean(marked.note, MAX_NOTE),
        }
        upsert(
            transaction,
            MARKS,
            [row],
            (
                "is_known",
                "note",
            ),
        )


def _try(transaction: sa.Connection, action: pb.Action) -> None:
    """Remember what passed: the trial as a whole, and each flow that would repair some."""
    trial = action.tried
    passed = {(each.flow, each.digest) for each in trial.flows if each.would_pass}
    if trial.passed:
        passed.add((trial.flow, trial.digest))
    rows: list[Mapping[str, object]] = [
        {
            "contract": clean(trial.contract or action.contract, MAX_WORD),
            "version": clean(trial.version, MAX_WORD),
            "flow": clean(flow, MAX_WORD),
            "digest": clean(digest, MAX_WORD),
        }
        for flow, digest in sorted(passed)
    ]
    insert_missing(transaction, TRIALS, rows)


def _nothing(transaction: sa.Connection, action: pb.Action) -> None:
    """A kind of action from a later release: kept in the audit, and no more."""


DO: Mapping[str, Callable[[sa.Connection, pb.Action], None]] = {
    "started": run_rows.start,
    "changed": run_rows.change,
    "passed": run_rows.pass_partition,
    "marked": _mark,
    "tried": _try,
}
