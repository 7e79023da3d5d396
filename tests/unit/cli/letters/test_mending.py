"""Repairs that a person makes: a flow put into the contract, a record edited and held against it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from assay.api.recovery.v1 import recovery_pb2 as pb
from assay.api.recovery.v1.run_pb2 import RUN_KIND_RESUBMIT, RUN_STATE_DONE, Selection
from assay.api.registry.v1.registry_pb2 import ContractVersion, GetContractResponse
from assay.cli.letters.opening import as_it_stands
from assay.contracts import Contract, load
from assay.contracts.frame import framed
from assay.examples.flights import CONTRACTS
from assay.streaming import Outgoing
from assay.streaming.keys import KeyFile
from assay.streaming.seal import seal
from assay.testkit.builders import contract_text
from assay.testkit.encoding import avro_bytes, protobuf_bytes
from tests.unit.cli.letters import samples
from tests.unit.cli.letters.desk import Desk, assay, desk

NUMBER = 11
FLIGHTS = (CONTRACTS / "flights.odcs.yaml").read_bytes()
FLOW = """\
id: no_plane_known
when: {reason: schema, path: /tailnum, rule: required}
steps:
  - set: {tailnum: UNASSIGNED}
"""
GOOD = (
    b'{"year":2013,"month":1,"day":1,"sched_dep_time":517,"sched_arr_time":819,"carrier":"UA","flight":1545,'
    b'"tailnum":"N14228","origin":"EWR","dest":"IAH","distance":1400,"hour":5,"minute":17,'
    b'"time_hour":"2013-01-01T10:00:00Z","scheduled_departure":"2013-01-01T10:17:00Z","arr_delay":1.0e1}'
)
BAD = GOOD.replace(b'"tailnum":"N14228",', b"")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    found = tmp_path / "flights.odcs.yaml"
    found.write_bytes(FLIGHTS)
    return found


def ready(here: Desk, letter: pb.DeadLetter | None = None, flow: str = FLOW) -> list[str]:
    """All that a repair asks for; return the options that lead there."""
    here.says(
        "GetContract",
        GetContractResponse(found=ContractVersion(contract="flights", version="1.0.0", text=FLIGHTS, id=NUMBER)),
    )
    here.says("GetDeadLetter", pb.GetDeadLetterResponse(letter=letter or samples.letter(BAD)))
    here.says("ProposeFlows", pb.ProposeFlowsResponse(proposals=[samples.proposal(flow)], explanation="no more"))
    here.says("StartRun", pb.StartRunResponse(run=samples.run()))
    here.says("WatchRun", pb.WatchRunResponse(run=samples.run(RUN_STATE_DONE, 1)))
    return ["--recovery", here.address, "--registry", here.address]


def editor(folder: Path, text: bytes) -> str:
    """An editor that leaves this text, whatever it was given, and keeps what it was given."""
    (folder / "left").write_bytes(text)
    return f'sh -c \'cp "$0" {folder}/given; cp {folder}/left "$0"\''


def test_a_proposal_has_its_evidence_its_dry_run_and_yaml_to_paste() -> None:
    with desk() as here:
        ready(here)
        said = assay("propose", "9f3a", "--recovery", here.address)

    assert said.code == 0
    assert "1. Rename /tail_number to /tailnum" in said.out
    assert "601 of 601 have /tail_number in place of /tailnum" in said.out
    assert "601 of 720 dead letters would keep flights 1.0.1" in said.out
    assert "    when: {reason: schema, path: /tailnum, rule: required}" in said.out


def test_no_proposal_says_why_and_exits_with_1() -> None:
    with desk() as here:
        here.says("ProposeFlows", pb.ProposeFlowsResponse(explanation="its values have nothing in common"))
        said = assay("propose", "9f3a", "--recovery", here.address)

    assert (said.code, said.out) == (1, "its values have nothing in common\n")


def test_a_proposal_is_written_behind_the_flows_of_the_contract_and_the_version_raised(file: Path) -> None:
    with desk() as here:
        said = assay("propose", "9f3a", "--write", str(file), "--json", *ready(here))

    changed = load(file.read_bytes())
    assert json.loads(said.out) == {"file": str(file), "flow": "no_plane_known", "before": "1.0.0", "after": "1.0.1"}
    assert [flow.id for flow in changed.flows] == ["cancelled_without_plane", "no_plane_known"]
    assert changed.version == "1.0.1"


def test_a_version_that_was_raised_before_is_left_as_it_is(file: Path) -> None:
    file.write_bytes(FLIGHTS.replace(b"version: 1.0.0", b"version: 1.2.0", 1))
    with desk() as here:
        said = assay("propose", "9f3a", "--write", str(file), *ready(here))

    assert said.code == 0
    assert load(file.read_bytes()).version == "1.2.0"


@pytest.mark.parametrize(
    ("flow", "pick", "problem"),
    [
        ("id: cancelled_without_plane\nwhen: {reason: schema}\nsteps: [{set: {tailnum: A1}}]\n", "1", "would not lint"),
        ("id: x\nwhen: {reason: schema}\nsteps: [{paint: red}]\n", "1", "would not lint"),
        (FLOW, "2", "there is no proposal 2: there are 1"),
    ],
)
def test_a_file_that_would_not_lint_is_left_alone(file: Path, flow: str, pick: str, problem: str) -> None:
    with desk() as here:
        said = assay("propose", "9f3a", "--write", str(file), "--pick", pick, *ready(here, flow=flow))

    assert said.code == 1
    assert problem in said.err
    assert file.read_bytes() == FLIGHTS


def test_a_file_of_another_contract_is_left_alone(file: Path) -> None:
    planes = (CONTRACTS / "planes.odcs.yaml").read_bytes()
    file.write_bytes(planes)
    with desk() as here:
        said = assay("propose", "9f3a", "--write", str(file), *ready(here))

    assert said.code == 1
    assert "is contract planes; the failure is one of flights" in said.err
    assert file.read_bytes() == planes


def test_a_record_is_edited_judged_and_resubmitted_without_white_space(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pretty = GOOD.replace(b",", b",\n  ")
    monkeypatch.setenv("VISUAL", editor(tmp_path, pretty))
    with desk() as here:
        said = assay("edit", samples.PLACE, "--why", "typed by hand", "--yes", *ready(here))
        asked = here.of("StartRun")

    assert said.code == 0
    assert (tmp_path / "given").read_bytes().startswith(b'{\n  "year": 2013,')
    assert '+  "tailnum": "N14228",' in said.err
    assert "keeps flights 1.0.0" in said.err
    assert isinstance(asked[0], pb.StartRunRequest)
    assert asked[0].kind == RUN_KIND_RESUBMIT
    assert asked[0].value == GOOD
    assert asked[0].selection == Selection(contract="flights", places=[samples.PLACE])
    assert here.callers[-2]["reason"] == "typed by hand"


def test_a_record_that_would_still_break_its_contract_is_not_sent(tmp_path: Path) -> None:
    (tmp_path / "record.json").write_bytes(BAD)
    with desk() as here:
        said = assay("resubmit", samples.PLACE, str(tmp_path / "record.json"), "--why", "x", *ready(here))

    assert said.code == 1
    assert "the contract in force would refuse it" in said.err
    assert not here.of("StartRun")


def test_a_record_that_would_break_its_contract_is_sent_by_force(tmp_path: Path) -> None:
    (tmp_path / "record.json").write_bytes(BAD)
    with desk() as here:
        record = str(tmp_path / "record.json")
        said = assay("resubmit", samples.PLACE, record, "--why", "x", "--force", *ready(here))
        asked = here.of("StartRun")[0]

    assert said.code == 0
    assert isinstance(asked, pb.StartRunRequest)
    assert (asked.force, asked.value) == (True, BAD)


def test_a_framed_record_is_edited_without_its_frame_and_framed_by_the_version_in_force(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EDITOR", editor(tmp_path, GOOD))
    monkeypatch.delenv("VISUAL", raising=False)
    with desk() as here:
        said = assay("edit", samples.PLACE, "--why", "x", "--yes", *ready(here, samples.letter(framed(BAD, 7))))
        asked = here.of("StartRun")

    assert said.code == 0
    assert json.loads((tmp_path / "given").read_bytes()) == json.loads(BAD)
    assert isinstance(asked[0], pb.StartRunRequest)
    assert asked[0].value == framed(GOOD, NUMBER)


@pytest.mark.parametrize(("form", "write"), [("avro", avro_bytes), ("protobuf", protobuf_bytes)])
def test_a_binary_record_is_edited_as_json_and_written_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str, write: Callable[[Contract, dict[str, object]], bytes]
) -> None:
    text = contract_text("orders", format=form)
    letter = samples.letter(write(load(text), {"id": "a", "amount": 1}))
    letter.contract = "orders"
    monkeypatch.setenv("VISUAL", editor(tmp_path, b'{"id": "a", "amount": 2}'))
    with desk() as here:
        where = ready(here, letter)
        here.says("GetContract", GetContractResponse(found=ContractVersion(contract="orders", text=text)))
        said = assay("edit", samples.PLACE, "--why", "x", "--yes", *where)
        asked = here.of("StartRun")

    assert said.code == 0
    assert json.loads((tmp_path / "given").read_bytes()) == {"id": "a", "amount": 1}
    assert isinstance(asked[0], pb.StartRunRequest)
    assert asked[0].value == write(load(text), {"id": "a", "amount": 2})


def test_what_a_binary_form_cannot_say_is_not_sent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = contract_text("orders", format="avro")
    letter = samples.letter(avro_bytes(load(text), {"id": "a", "amount": 1}))
    letter.contract = "orders"
    monkeypatch.setenv("VISUAL", editor(tmp_path, b'{"id": "a", "amount": "two"}'))
    with desk() as here:
        where = ready(here, letter)
        here.says("GetContract", GetContractResponse(found=ContractVersion(contract="orders", text=text)))
        said = assay("edit", samples.PLACE, "--why", "x", "--yes", *where)

    assert (said.code, "can't be written as avro" in said.err, here.of("StartRun")) == (1, True, [])


@pytest.mark.parametrize("left", [b"not json", b'{"a": 1', b""])
def test_what_is_no_json_is_not_sent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, left: bytes) -> None:
    monkeypatch.setenv("VISUAL", editor(tmp_path, left))
    with desk() as here:
        said = assay("edit", samples.PLACE, "--why", "x", "--yes", *ready(here))

    assert (said.code, "is no JSON" in said.err, here.of("StartRun")) == (1, True, [])


def test_an_editor_that_fails_sends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VISUAL", "false")
    with desk() as here:
        said = assay("edit", samples.PLACE, "--why", "x", "--yes", *ready(here))

    assert (said.code, "the editor failed" in said.err, here.of("StartRun")) == (1, True, [])


def test_a_settled_dead_letter_is_not_edited() -> None:
    letter = samples.letter(BAD)
    letter.settlement.SetInParent()
    with desk() as here:
        said = assay("edit", samples.PLACE, "--why", "x", *ready(here, letter))

    assert (said.code, "is settled already" in said.err) == (1, True)


def test_a_sealed_record_is_opened_by_its_keys_alone(tmp_path: Path) -> None:
    keys, letter = tmp_path / "keys.json", samples.letter(BAD)
    KeyFile.create(keys)
    record = as_it_stands(letter)
    hidden = seal(
        Outgoing(record.topic, record.partition, record.key, record.value, record.headers), KeyFile.read(keys, "")
    )
    letter.value, letter.sealed = hidden.value or b"", True
    letter.ClearField("key")
    del letter.headers[:]
    letter.headers.extend(pb.Header(name=name.encode(), value=value) for name, value in hidden.headers)
    (tmp_path / "record.json").write_bytes(GOOD)
    with desk() as here:
        where = ready(here, letter)
        shut = assay("edit", samples.PLACE, "--value", str(tmp_path / "record.json"), "--why", "x", "--yes", *where)
        opened = assay("show", samples.PLACE, "--keys", str(keys), "--recovery", here.address)
        sent = assay(
            "resubmit", samples.PLACE, str(tmp_path / "record.json"), "--keys", str(keys), "--why", "x", *where
        )

    assert (shut.code, "is sealed" in shut.err) == (1, True)
    assert '"scheduled_departure": "2013-01-01T10:17:00Z"' in opened.out
    assert "gold" in opened.out
    assert sent.code == 0
