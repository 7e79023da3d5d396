"""Raw records from topics into a report, by the judge of the stream."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from assay.cli.observe.report import Report
from assay.contracts import Contract, Judge, Reason, Verdict, Violation
from assay.contracts.frame import FrameError, unframe
from assay.streaming import Record
from assay.streaming.scan import scan

__all__ = ["observed", "sources", "verdicts"]

BATCH = 250


def sources(contract: Contract) -> list[str]:
    """Return the topics that producers write to; replays are our own."""
    return [topic for topic in (contract.topics.raw_app, contract.topics.raw_cdc) if topic]


async def observed(
    broker: str, contract: Contract, topics: Collection[str], since_ms: int | None, tell: Callable[[Report], None]
) -> Report:
    """Judge every committed record of the topics up to their end; `tell` hears of the progress.

    Joins no group and writes nothing.

    Raises:
        BrokerUnreachableError: no broker answers.
        TopicError: a topic isn't there.
    """
    report, judge = Report(), Judge(contract)
    async for records in scan(broker, topics, since_ms=since_ms):
        for start in range(0, len(records), BATCH):
            batch = records[start : start + BATCH]
            for record, verdict in zip(batch, verdicts(judge, contract, batch), strict=True):
                report.add(record, verdict)
        tell(report)
    return report


def verdicts(judge: Judge, contract: Contract, records: Sequence[Record]) -> list[Verdict]:
    """Return a verdict for each record, whatever version it declares; a frame is taken off before."""
    payloads = [_payload(record, contract) for record in records]
    values = [one for one in payloads if not isinstance(one, Verdict)]
    arrived = [
        record.timestamp_ms for record, one in zip(records, payloads, strict=True) if not isinstance(one, Verdict)
    ]
    screened = judge.screen(values, arrived)
    judged = iter(
        (one or judge.explain(value, ms)).verdict for one, value, ms in zip(screened, values, arrived, strict=True)
    )
    return [one if isinstance(one, Verdict) else next(judged) for one in payloads]


def _payload(record: Record, contract: Contract) -> bytes | Verdict | None:
    if record.value is None:
        return None
    try:
        frame = unframe(record.value, record.headers, contract.form)
    except FrameError as error:
        return Verdict(Reason.MALFORMED, (Violation("", "frame", error.expected, error.found),))
    return record.value if frame is None else frame.payload
