"""Records of the topics that recovery's index is folded from, as their writers write them."""

from __future__ import annotations

from collections.abc import Sequence

from assay.api.recovery.v1 import recovery_pb2 as pb
from assay.api.recovery.v1 import run_pb2 as run_pb
from assay.api.validation.v1.pane_pb2 import Pane, PaneMinute, PaneProducer, PaneRefused, PaneSlice
from assay.api.validation.v1.verdict_pb2 import Violation, Violations
from assay.contracts import load
from assay.recovery.identity import identity_in
from assay.streaming import Headers, Record, headers
from assay.streaming.topics import AUDIT, PANES
from assay.testkit.builders import contract_text

__all__ = ["CONTRACT", "HOUR_MS", "NOW_MS", "action", "failure_of", "letter", "pane", "replay", "run", "settlement"]

CONTRACT = load(contract_text("orders"))
NOW_MS = 1_700_000_000_000
HOUR_MS = 3_600_000
DEAD = CONTRACT.topics.dead_letters


def letter(
    offset: int,
    rule: str = "type",
    *,
    partition: int = 0,
    at_ms: int = NOW_MS,
    arrived_ms: int | None = None,
    producer: str = "",
    origin: int | None = None,
    failure: str = "",
    **marks: str,
) -> Record:
    """A dead letter; with `origin` and `failure`, one that was replayed from there and came back."""
    packed = Violations(violations=[Violation(path="/amount", rule=rule, expected="integer", found="string")])
    texts = {headers.CONTRACT: "orders@1.0.0", headers.SOURCE: f"orders.raw.app/{partition}/{offset}"}
    texts |= {headers.REASON: "schema"} | ({headers.PRODUCER: producer} if producer else {})
    if arrived_ms is not None:
        texts[headers.ARRIVED] = str(arrived_ms)
    if origin is not None:
        texts |= {headers.ATTEMPT: "1", headers.DEAD_LETTER: f"{DEAD}/{partition}/{origin}", headers.FAILURE: failure}
    texts |= {f"assay-{name.replace('_', '-')}": text for name, text in marks.items()}
    pairs: Headers = tuple((name, text.encode()) for name, text in texts.items())
    return Record(
        DEAD, partition, offset, at_ms, b"k", b"{}", ((headers.VIOLATIONS, packed.SerializeToString()), *pairs)
    )


def failure_of(record: Record) -> str:
    """Fingerprint of the failure that a dead letter is one of."""
    return identity_in(dict(record.headers)).fingerprint


def settlement(
    at: int,
    of: int,
    failure: str = "",
    outcome: pb.Outcome.ValueType = pb.OUTCOME_REPLAYED,
    *,
    partition: int = 0,
    run: str = "",
) -> Record:
    """What became of the dead letter at offset `of`."""
    value = pb.Settlement(contract="orders@1.0.0", outcome=outcome, failure=failure, run=run, settled_ms=NOW_MS)
    key = f"{DEAD}/{partition}/{of}".encode()
    return Record(CONTRACT.topics.settled, partition, at, NOW_MS, key, value.SerializeToString())


def replay(at: int, of: int, failure: str, *, partition: int = 0) -> Record:
    """The replay of the dead letter at offset `of`."""
    texts = {headers.DEAD_LETTER: f"{DEAD}/{partition}/{of}", headers.FAILURE: failure, headers.ATTEMPT: "1"}
    pairs: Headers = tuple((name, text.encode()) for name, text in texts.items())
    return Record(CONTRACT.topics.raw_replay, partition, at, NOW_MS, b"k", b"{}", pairs)


def pane(
    at: int,
    next_offset: int,
    *,
    topic: str = CONTRACT.topics.raw_replay,
    partition: int = 0,
    valid: int = 0,
    refused: int = 0,
    producers: Sequence[PaneProducer] = (),
    at_ms: int = NOW_MS,
) -> Record:
    """What validation judged of a raw partition, up to an offset; a heartbeat where it counts nothing."""
    minute = PaneMinute(minute=1, valid=valid, refused=[PaneRefused(reason="schema", count=refused)])
    value = Pane(contract="orders", topic=topic, partition=partition, next_offset=next_offset, at_ms=at_ms)
    if valid or refused:
        value.slices.append(PaneSlice(version="1.0.0", minutes=[minute]))
        value.producers.extend(producers)
    return Record(PANES, 0, at, NOW_MS, f"{topic}/{partition}".encode(), value.SerializeToString())


def action(at: int, id: str, **what: object) -> Record:  # noqa: A002 -- the name on the wire
    """Something that somebody did."""
    value = run_pb.Action(id=id, at_ms=NOW_MS + at, actor="ann", why="it hurts", contract="orders", **what)  # type: ignore[arg-type]  # one of its kinds
    return Record(AUDIT, 0, at, NOW_MS, b"orders", value.SerializeToString())


def run(id: str, ends: Sequence[int] = (10,), **given: object) -> run_pb.Run:  # noqa: A002 -- the name on the wire
    """A run over all dead letters of the contract, which ended so."""
    asked = {"kind": run_pb.RUN_KIND_DISCARD, "selection": run_pb.Selection(contract="orders"), "version": "1.0.0"}
    partitions = [run_pb.RunPartition(partition=number, end=end) for number, end in enumerate(ends)]
    return run_pb.Run(id=id, partitions=partitions, started_ms=NOW_MS, **(asked | given))  # type: ignore[arg-type]  # as on the wire
