"""What failed, as commands show it: at the width of a terminal, as JSON, and of hostile texts."""

from __future__ import annotations

import base64
import io
import json

import grpc
import pytest
from rich.console import Console

from assay.api.recovery.v1 import recovery_pb2 as pb
from assay.api.recovery.v1.run_pb2 import Selection
from assay.api.registry.v1.registry_pb2 import ContractVersion, GetContractResponse
from assay.cli.letters.failure_page import show_failure
from assay.cli.letters.letter_page import show_letter
from assay.cli.letters.listing import show
from assay.cli.letters.opening import as_it_stands
from assay.contracts import load
from assay.contracts.frame import framed
from assay.testkit.builders import contract_text
from assay.testkit.encoding import avro_bytes
from tests.unit.cli.letters import samples
from tests.unit.cli.letters.desk import assay, desk

LIST_80 = """\
720 dead letters in 2 failures, 601 of them open

 failure   status     dead  open  what failed                         last
 ──────────────────────────────────────────────────────────────────────────────
 9f3ac27d  new         601   601  flights 1.0.0  schema: /tailnum     1 min ago
                                  required  from departures
                                  field renamed: /tailnum is missing
                                  where /tail_number is there
 11223344  recovered   119     0  flights 1.0.0  rule:                1 d ago
                                  landing_has_delay

and 3 failures more; --limit shows more of them
Next: assay dead-letters show 9f3ac27d
"""

FAILURE_120 = """\
9f3ac27d55aa0102  new
flights 1.0.0  schema: /tailnum required
likely     field renamed: /tailnum is missing where /tail_number is there
found      nothing
producer   departures, declares 0.9.0
dead       601: 601 open; 12.4 a minute lately
stay, for  no flow is for schema at /tailnum
seen       2026-11-26 08:30:00 UTC (5 h ago) to 2026-11-26 13:29:00 UTC (1 min ago)
by hour    █▁▆▃▁  at most 306

 sample                             arrived   declares   trace
 ────────────────────────────────────────────────────────────────
 flights.dead-letters/0/17 sealed   1 h ago   0.9.0      4bf92f35

Next
  assay dead-letters show flights.dead-letters/0/17        # one of them, whole
  assay dead-letters propose 9f3ac27d                      # flows that may repair it
  assay dead-letters recover --failure 9f3ac27d --dry-run  # what the contract's own flows make of it
  assay dead-letters replay --failure 9f3ac27d             # again as it is, where the contract was mended
  assay dead-letters discard --failure 9f3ac27d            # give it up
"""

LETTER_120 = """\
flights.dead-letters/0/17  open
flights 1.0.0  schema
failure   9f3ac27d55aa0102
was       flights.raw.replay/0/9
arrived   2026-11-26 12:30:00 UTC (1 h ago)
attempt   1
producer  departures
declared  0.9.0
event     0189-e
trace     4bf92f35
size      56 bytes

 path       rule       expected   found
 ────────────────────────────────────────
 /tailnum   required   a value    nothing

history
└── attempt 0  schema  /tailnum: pattern  flights.dead-letters/0/12  2026-11-26 10:30:00 UTC
    ├── replayed by flow pad, attempt 1 2026-11-26 11:30:00 UTC
    └── attempt 1 (this)  schema  /tailnum: required  flights.dead-letters/0/17  2026-11-26 12:30:00 UTC

 header   value
 ──────────────
 tier     gold

key
EWR-12
value
{
  "carrier": "UA",
  "dep_delay": 1.10,
  "tail_number": "N14228"
}
"""


def terminal(columns: int) -> Console:
    return Console(file=io.StringIO(), width=columns, highlight=False, color_system=None)


def shown(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return "".join(f"{line.rstrip()}\n" for line in console.file.getvalue().splitlines())


@pytest.fixture(autouse=True)
def _typed_without_uv(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("UV", raising=False)


def test_failures_fit_80_columns() -> None:
    console = terminal(80)
    show(pb.ListFailuresResponse(failures=[samples.failure(), samples.recovered()], omitted=3), console, samples.NOW)

    assert shown(console) == LIST_80


def test_a_failure_that_is_open_nowhere_and_whole_nowhere_says_where_it_went() -> None:
    failure = samples.failure()
    failure.open, failure.status, failure.cause = 0, pb.FAILURE_STATUS_KNOWN, ""
    failure.explanation = "came back as dead letters (601)"
    console = terminal(120)
    show(pb.ListFailuresResponse(failures=[failure]), console, samples.NOW)
    assert failure.explanation in shown(console)


def test_a_failure_has_counts_cause_hours_and_what_to_do_next() -> None:
    console = terminal(120)
    show_failure(samples.failure(), console, samples.NOW)

    assert shown(console) == FAILURE_120


def test_a_dead_letter_has_its_verdict_its_history_and_the_digits_of_its_numbers() -> None:
    console = terminal(120)
    show_letter(samples.letter(), as_it_stands(samples.letter()), console, samples.NOW)

    assert shown(console) == LETTER_120


def test_a_sealed_record_is_not_shown_without_keys() -> None:
    sealed = samples.letter(b"canary")
    sealed.sealed = True
    with desk() as here:
        here.says("GetDeadLetter", pb.GetDeadLetterResponse(letter=sealed))
        said = assay("show", samples.PLACE, "--recovery", here.address)

    assert said.code == 0
    assert "canary" not in said.out
    assert f"assay dead-letters show {samples.PLACE} --keys FILE" in said.out


def test_a_record_that_is_too_large_for_an_answer_is_not_told_to_be_none() -> None:
    large = samples.letter()
    large.size_bytes = 5_000_000
    for part in ("key", "value", "headers"):
        large.ClearField(part)
    with desk() as here:
        here.says("GetDeadLetter", pb.GetDeadLetterResponse(letter=large))
        said = assay("show", samples.PLACE, "--recovery", here.address)

    assert f"assay dead-letters open {samples.PLACE}" in said.out
    assert "no value" not in said.out


def test_a_settlement_that_was_not_found_in_time_is_told_to_be_no_replay() -> None:
    letter = samples.letter()
    letter.settlement.CopyFrom(pb.Settlement())
    console = terminal(120)
    show_letter(letter, None, console, samples.NOW)

    assert "not found in the time there was" in shown(console)


def test_numbers_are_numbers_and_statuses_words_in_json() -> None:
    with desk() as here:
        here.says("ListFailures", pb.ListFailuresResponse(failures=[samples.failure()], omitted=2))
        said = assay("list", "--json", "--recovery", here.address)

    answer = json.loads(said.out)
    assert answer["omitted"] == 2
    assert answer["failures"][0]["dead_letters"] == 601
    assert answer["failures"][0]["replayed"] == 0
    assert answer["failures"][0]["status"] == "new"


def test_bytes_are_base64_in_json_and_what_is_absent_is_null() -> None:
    letter = samples.letter()
    letter.ClearField("key")
    with desk() as here:
        here.says("GetDeadLetter", pb.GetDeadLetterResponse(letter=letter))
        said = json.loads(assay("show", samples.PLACE, "--json", "--recovery", here.address).out)

    assert base64.b64decode(said["value"]) == samples.VALUE
    assert said["key"] is said["settlement"] is None
    assert said["headers"][1] == {"name": "tier", "value": base64.b64encode(b"gold").decode()}


def test_filters_reach_the_service() -> None:
    with desk() as here:
        here.says("ListFailures", pb.ListFailuresResponse(failures=[samples.failure()]))
        arguments = "--reason schema --path /tailnum --producer departures --since 2026-11-26T08:00:00Z --status new"
        said = assay("list", "flights", *arguments.split(), "--limit", "7", "--recovery", here.address)

    assert said.code == 0
    assert here.of("ListFailures") == [
        pb.ListFailuresRequest(
            contract="flights",
            reason="schema",
            path="/tailnum",
            producer="departures",
            since_ms=1_795_680_000_000,
            statuses=[pb.FAILURE_STATUS_NEW],
            limit=7,
        )
    ]


def test_no_dead_letters_are_one_line() -> None:
    with desk() as here:
        here.says("ListFailures", pb.ListFailuresResponse())
        said = assay("list", "--recovery", here.address)

    assert said.out == "no dead letters\n"


def test_every_dead_letter_of_a_tail_is_one_object_a_line() -> None:
    with desk() as here:
        letters = [pb.TailDeadLettersResponse(letter=samples.letter()) for _ in range(3)]
        here.says("TailDeadLetters", *letters)
        said = assay("tail", "flights", "--rule", "required", "--json", "--recovery", here.address)

    assert [each["place"] for each in said.objects] == [samples.PLACE] * 3
    assert here.of("TailDeadLetters") == [
        pb.TailDeadLettersRequest(selection=Selection(contract="flights", rule="required"))
    ]


def test_what_a_tail_missed_is_told_beside() -> None:
    with desk() as here:
        here.says("TailDeadLetters", pb.TailDeadLettersResponse(letter=samples.letter(), missed=1_200))
        said = assay("tail", "flights", "--json", "--recovery", here.address)

    assert len(said.objects) == 1
    assert "1,200 offsets were passed over" in said.err


def test_a_place_where_nothing_stands_is_told() -> None:
    with desk() as here:
        here.refuses("GetDeadLetter", grpc.StatusCode.NOT_FOUND, "no dead letter stands at x/0/1")
        said = assay("show", "x/0/1", "--recovery", here.address)

    assert (said.code, said.err) == (1, "the recovery service says: no dead letter stands at x/0/1 (NOT_FOUND)")


@pytest.mark.parametrize(
    "arguments",
    [["list", "--status", "lost"], ["list", "--since", "yesterday"], ["list", "--since", "2026-13-01"], ["tail"],
     ["recover"], ["discard"], ["recover", "flights", "--draft", "/no/such/file"], ["show"], ["nonsense"]],
)  # fmt: skip
def test_wrong_usage_exits_with_2(arguments: list[str]) -> None:
    assert assay(*arguments).code == 2


@pytest.mark.parametrize("form", ["json", "avro"])
def test_a_framed_record_is_shown_as_json_whatever_it_is_written_in(form: str) -> None:
    text = contract_text("orders", format=form)
    record = {"id": "a-1", "amount": 7}
    payload = json.dumps(record).encode() if form == "json" else avro_bytes(load(text), record)
    letter = samples.letter(framed(payload, 7))
    letter.contract = "orders"
    with desk() as here:
        here.says("GetDeadLetter", pb.GetDeadLetterResponse(letter=letter))
        here.says("GetContract", GetContractResponse(found=ContractVersion(contract="orders", text=text)))
        said = assay("show", samples.PLACE, "--recovery", here.address, "--registry", here.address)

    assert '  "id": "a-1",\n  "amount": 7\n' in said.out
