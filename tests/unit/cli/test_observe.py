"""The adoption report says who breaks a contract, where and how, and shows no value."""

from __future__ import annotations

import io
import json

import pytest
import typer
from rich.console import Console

from assay.cli.observe import words
from assay.cli.observe.command import since_ms
from assay.cli.observe.reading import sources, verdicts
from assay.cli.observe.report import MAX_FINDINGS, MAX_PRODUCERS, OTHERS, UNKNOWN, Report
from assay.contracts import Judge, Reason, Verdict, Violation, load
from assay.contracts.frame import framed
from assay.streaming import Record, headers
from assay.testkit.builders import contract_text

CONTRACT = load(contract_text("orders"))
GOOD = b'{"id": "a", "amount": 1}'
BAD = b'{"id": "a", "amount": "secret"}'


def record(value: bytes | None, producer: str = "", offset: int = 0) -> Record:
    given = ((headers.PRODUCER, producer.encode()),) if producer else ()
    return Record("orders.raw.app", 1, offset, 1_700_000_000_000, None, value, given)


def reported(*records: Record) -> Report:
    report = Report()
    for one, verdict in zip(records, verdicts(Judge(CONTRACT), CONTRACT, records), strict=True):
        report.add(one, verdict)
    return report


def read(report: Report) -> dict[str, object]:
    found: dict[str, object] = json.loads(words.as_json(report, CONTRACT, ["orders.raw.app"]))
    return found


def test_records_are_counted_by_producer_field_and_rule() -> None:
    found = read(reported(record(GOOD, "shop"), record(BAD, "shop", 7), record(GOOD, "till"), record(b"{")))

    assert (found["records"], found["refused"], found["share"]) == (4, 2, 0.5)
    assert found["producers"] == [
        {"producer": "shop", "records": 2, "refused": 1, "share": 0.5},
        {"producer": "till", "records": 1, "refused": 0, "share": 0.0},
        {"producer": UNKNOWN, "records": 1, "refused": 1, "share": 1.0},
    ]
    violation = "/amount: type: expected integer or null, found string of 6 characters"
    assert found["findings"] == [
        {
            "producer": "shop", "reason": "schema", "path": "/amount", "rule": "type", "records": 1, "share": 0.5,
            "samples": [{"at": "orders.raw.app/1/7", "violation": violation}],
        },
        {
            "producer": UNKNOWN, "reason": "malformed", "path": "", "rule": "json", "records": 1, "share": 1.0,
            "samples": [{"at": "orders.raw.app/1/0", "violation": "record: json: expected a JSON object, found no JSON: cut off"}],
        },
    ]  # fmt: skip


def test_no_value_is_shown() -> None:
    text = io.StringIO()
    report = reported(record(BAD, "shop"))
    words.show(report, CONTRACT, ["orders.raw.app"], Console(file=text, width=200))

    assert "secret" not in text.getvalue() + words.as_json(report, CONTRACT, [])
    assert "enforcement would refuse 1 of 1 records (100.00 %)" in text.getvalue()


def test_what_others_wrote_is_shown_as_it_is() -> None:
    text, report = io.StringIO(), Report()
    violation = Violation("/id", "pattern", "a string that matches ^[a-z]+[/x]$", "\x1b[31m")
    report.add(record(BAD, "[/shop]"), Verdict(Reason.SCHEMA, (violation,)))
    words.show(report, CONTRACT, ["orders.raw.app"], Console(file=text, width=300))

    assert "[/shop]" in text.getvalue()
    assert r"matches ^[a-z]+[/x]$, found \x1b[31m" in text.getvalue()


def test_three_samples_are_enough() -> None:
    findings = reported(*(record(BAD, "shop", offset) for offset in range(10))).worst()

    assert [(one.records, len(one.samples)) for _, one in findings] == [(10, 3)]


def test_items_of_an_array_are_one_field_and_a_record_counts_once() -> None:
    report = Report()
    broken = [Violation(f"/items/{number}/price", "type", "number", "string") for number in range(3)]
    report.add(record(GOOD), Verdict(Reason.SCHEMA, tuple(broken)))

    assert [(kind.path, one.records) for kind, one in report.worst()] == [("/items/*/price", 1)]


def test_report_does_not_grow_with_what_records_invent() -> None:
    report = Report()
    for number in range(MAX_FINDINGS + 50):
        violation = Violation(f"/n{number}", "additionalProperties", "no such property", "integer")
        report.add(record(GOOD, f"app{number}"), Verdict(Reason.SCHEMA, (violation,)))

    assert (len(report.findings), report.omitted) == (MAX_FINDINGS, 50)
    assert len(report.sent) == MAX_PRODUCERS + 1
    assert report.sent[OTHERS] == MAX_FINDINGS + 50 - MAX_PRODUCERS


def test_frame_is_taken_off_and_a_broken_one_told() -> None:
    assert [one.reason for one in verdicts(Judge(CONTRACT), CONTRACT, [record(framed(GOOD, 7)), record(b"\x00")])] == [
        None,
        Reason.MALFORMED,
    ]


def test_replays_are_not_read_again() -> None:
    assert sources(CONTRACT) == ["orders.raw.app"]


def test_span_lies_before_now() -> None:
    assert [since_ms(span, 100_000_000) for span in ("1s", "2m", "1h", "1d")] == [
        99_999_000, 99_880_000, 96_400_000, 13_600_000,
    ]  # fmt: skip


@pytest.mark.parametrize("span", ["", "1", "1w", "-1h", "one day"])
def test_text_that_is_no_span_is_wrong_usage(span: str) -> None:
    with pytest.raises(typer.BadParameter):
        since_ms(span, 0)
