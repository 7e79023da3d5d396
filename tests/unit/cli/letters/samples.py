"""What a recovery service may answer: one failure of the flights, and all that belongs to it."""

from __future__ import annotations

from assay.api.recovery.v1.recovery_pb2 import (
    FAILURE_STATUS_NEW,
    FAILURE_STATUS_RECOVERED,
    OUTCOME_REPLAYED,
    Attempt,
    DeadLetter,
    Failure,
    Header,
    Hour,
    Sample,
    Settlement,
)
from assay.api.recovery.v1.run_pb2 import (
    RUN_KIND_RECOVER,
    RUN_STATE_DONE,
    RUN_STATE_RUNNING,
    Example,
    Explanation,
    FieldChange,
    FlowCount,
    Proposal,
    Run,
    RunPartition,
    Selection,
    Trial,
)
from assay.api.validation.v1.verdict_pb2 import Violation

HOUR = 3_600_000
NOW = 1_795_700_000_000 // HOUR * HOUR + HOUR // 2
FINGERPRINT = "9f3ac27d55aa0102"
PLACE = "flights.dead-letters/0/17"
RUN = "3b1f6f0e-7a7b-4d0e-8a52-0f5a8f3f2f11"
VALUE = b'{"carrier":"UA","dep_delay":1.10,"tail_number":"N14228"}'
FLOW = """\
# the app renamed the field
id: tail_number_renamed
when: {reason: schema, path: /tailnum, rule: required}
steps:
  - rename: {tail_number: tailnum}
"""


def failure() -> Failure:
    return Failure(
        contract="flights",
        version="1.0.0",
        reason="schema",
        path="/tailnum",
        rule="required",
        shape="nothing",
        producer="departures",
        producer_version="0.9.0",
        fingerprint=FINGERPRINT,
        status=FAILURE_STATUS_NEW,
        dead_letters=601,
        open=601,
        rate_per_min=12.4,
        first_seen_ms=NOW - 5 * HOUR,
        last_seen_ms=NOW - 60_000,
        cause="field renamed: /tailnum is missing where /tail_number is there",
        explanation="no flow is for schema at /tailnum",
        samples=[
            Sample(place=PLACE, arrived_ms=NOW - HOUR, trace_id="4bf92f35", sealed=True, declared_version="0.9.0")
        ],
        hours=[
            Hour(start_ms=(NOW // HOUR - ago) * HOUR, dead_letters=dead)
            for ago, dead in enumerate((4, 90, 200, 1, 306))
        ],
    )


def recovered() -> Failure:
    return Failure(
        contract="flights",
        version="1.0.0",
        reason="rule",
        rule="landing_has_delay",
        fingerprint="1122334455667788",
        status=FAILURE_STATUS_RECOVERED,
        dead_letters=119,
        replayed=119,
        passed=110,
        returned=3,
        first_seen_ms=NOW - 120 * HOUR,
        last_seen_ms=NOW - 26 * HOUR,
    )


def letter(value: bytes = VALUE) -> DeadLetter:
    replayed = Settlement(flow="pad", attempt=1, settled_ms=NOW - 2 * HOUR, outcome=OUTCOME_REPLAYED)
    return DeadLetter(
        place=PLACE,
        source="flights.raw.replay/0/9",
        contract="flights",
        version="1.0.0",
        reason="schema",
        violations=[Violation(path="/tailnum", rule="required", expected="a value", found="nothing")],
        attempt=1,
        arrived_ms=NOW - HOUR,
        dead_ms=NOW - HOUR,
        producer="departures",
        declared_version="0.9.0",
        event_id="0189-e",
        trace_id="4bf92f35",
        failure=FINGERPRINT,
        size_bytes=len(value),
        key=b"EWR-12",
        value=value,
        headers=[Header(name=b"assay-reason", value=b"schema"), Header(name=b"tier", value=b"gold")],
        history=[
            Attempt(
                place="flights.dead-letters/0/12",
                reason="schema",
                violation="/tailnum: pattern",
                dead_ms=NOW - 3 * HOUR,
                settlement=replayed,
            ),
            Attempt(place=PLACE, attempt=1, reason="schema", violation="/tailnum: required", dead_ms=NOW - HOUR),
        ],
    )


def trial(would_pass: int = 601) -> Trial:
    return Trial(
        contract="flights",
        version="1.0.1",
        flow="tail_number_renamed",
        digest="00ff",
        tried=720,
        would_pass=would_pass,
        would_stay=720 - would_pass,
        passed=would_pass > 0,
        explanations=[Explanation(text="no flow is for rule", dead_letters=720 - would_pass)],
        flows=[FlowCount(flow="tail_number_renamed", digest="00ff", would_pass=would_pass)],
        examples=[
            Example(
                place=PLACE,
                flow="tail_number_renamed",
                would_pass=True,
                changes=[
                    FieldChange(path="/tail_number", before='"N14228"'),
                    FieldChange(path="/tailnum", after='"N14228"'),
                ],
            )
        ],
    )


def proposal(flow: str = FLOW) -> Proposal:
    return Proposal(
        title="Rename /tail_number to /tailnum",
        flow=flow,
        evidence=["601 of 601 have /tail_number in place of /tailnum"],
        trial=trial(),
    )


def run(state: int = RUN_STATE_RUNNING, settled: int = 420) -> Run:
    is_done = state == RUN_STATE_DONE
    return Run(
        id=RUN,
        kind=RUN_KIND_RECOVER,
        selection=Selection(contract="flights", failure=FINGERPRINT),
        flow="tail_number_renamed",
        actor="ana",
        why="the app renamed it",
        started_ms=NOW - 60_000,
        version="1.0.1",
        state=state,  # type: ignore[arg-type]  # an enum's value is a number
        settled=settled,
        left=119 if is_done else 12,
        explanations=[Explanation(text="no flow is for rule", dead_letters=119)] if is_done else [],
        partitions=[
            RunPartition(partition=0, end=500, position=500 if is_done else 200, done=is_done),
            RunPartition(partition=1, end=500, position=500, done=True),
        ],
    )
