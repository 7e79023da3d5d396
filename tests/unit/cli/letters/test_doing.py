"""What changes dead letters: tried before, asked why and whether, started once, followed to its end."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import grpc
import pytest

from assay.api.recovery.v1 import recovery_pb2 as pb
from assay.api.recovery.v1.run_pb2 import (
    RUN_CHANGE_PAUSE,
    RUN_KIND_DISCARD,
    RUN_KIND_RECOVER,
    RUN_KIND_REPLAY,
    RUN_STATE_CANCELLED,
    RUN_STATE_DONE,
    RUN_STATE_RUNNING,
    Run,
    Selection,
)
from assay.examples.flights import CONTRACTS
from tests.unit.cli.letters import samples
from tests.unit.cli.letters.desk import Desk, assay, desk

DRY_RUN_80 = """\
flights.dead-letters/0/17  by tail_number_renamed  would pass

 field          before     after
 ──────────────────────────────────
 /tail_number   "N14228"   absent
 /tailnum       absent     "N14228"

601 of 720 dead letters would keep flights 1.0.1; 119 would stay
        601  by tail_number_renamed
Why they would stay:
        119  no flow is for rule
Next: assay dead-letters recover --failure 9f3a --why TEXT
"""

FLIGHTS = "flights"


def knows_the_run(here: Desk, *states: Run) -> None:
    here.says("ListFailures", pb.ListFailuresResponse(failures=[samples.failure(), samples.recovered()]))
    here.says("GetFailure", pb.GetFailureResponse(failure=samples.failure()))
    here.says("StartRun", pb.StartRunResponse(run=samples.run()))
    here.says("WatchRun", *(pb.WatchRunResponse(run=state) for state in states))
    here.says("ListRuns", pb.ListRunsResponse(runs=[samples.run()]))


def plain(text: str) -> str:
    return "".join(f"{line.rstrip()}\n" for line in text.splitlines())


def test_a_dry_run_shows_each_field_before_and_after_and_the_command_that_runs_it() -> None:
    with desk() as here:
        knows_the_run(here)
        here.says("TryRecovery", pb.TryRecoveryResponse(trial=samples.trial()))
        said = assay("recover", "--failure", "9f3a", "--dry-run", "--recovery", here.address, columns=80)

    assert (said.code, plain(said.out)) == (0, DRY_RUN_80)
    assert not here.of("StartRun")


def test_a_dry_run_in_which_nothing_would_pass_exits_with_1() -> None:
    with desk() as here:
        here.says("TryRecovery", pb.TryRecoveryResponse(trial=samples.trial(would_pass=0)))
        said = assay("recover", FLIGHTS, "--dry-run", "--json", "--recovery", here.address)

    assert said.code == 1
    assert json.loads(said.out)["would_pass"] == 0


def test_a_dry_run_that_did_not_try_all_says_at_what_it_ended() -> None:
    trial = samples.trial()
    trial.stopped_at = "1,000 dead letters"
    with desk() as here:
        here.says("TryRecovery", pb.TryRecoveryResponse(trial=trial))
        said = assay("recover", FLIGHTS, "--dry-run", "--recovery", here.address)

    assert "it ended at: 1,000 dead letters" in said.out


def test_what_does_not_fit_into_an_answer_is_told() -> None:
    with desk() as here:
        here.says("ListRuns", pb.ListRunsResponse(runs=[samples.run()], omitted=12))
        here.says("ListActions", pb.ListActionsResponse(omitted=34))
        told = [assay(command, "--recovery", here.address) for command in ("runs", "audit")]
        objects = [
            json.loads(assay(command, "--json", "--recovery", here.address).out) for command in ("runs", "audit")
        ]

    assert "and 12 runs more" in told[0].out
    assert "and 34 more" in told[1].err
    assert [each["omitted"] for each in objects] == [12, 34]


@pytest.mark.parametrize("file", ["flows", "contract"])
def test_a_draft_is_tried_from_flows_alone_or_from_a_contract(tmp_path: Path, file: str) -> None:
    drafts = {"flows": b"flows: [{id: x}]\n", "contract": (CONTRACTS / "flights.odcs.yaml").read_bytes()}
    (tmp_path / "draft.yaml").write_bytes(drafts[file])
    with desk() as here:
        here.says("TryRecovery", pb.TryRecoveryResponse(trial=samples.trial()))
        said = assay(
            "recover", FLIGHTS, "--dry-run", "--draft", str(tmp_path / "draft.yaml"), "--recovery", here.address
        )
        asked = here.of("TryRecovery")[0]

    assert said.code == 0
    assert isinstance(asked, pb.TryRecoveryRequest)
    assert asked.flow == ""
    assert "id: x" in asked.draft if file == "flows" else "id: cancelled_without_plane" in asked.draft
    assert "kind:" not in asked.draft


def test_a_run_is_followed_to_its_end_and_says_what_stays() -> None:
    with desk() as here:
        knows_the_run(here, samples.run(), samples.run(RUN_STATE_DONE, 601))
        said = assay("recover", "--failure", "9f3a", "--why", "renamed", "--yes", "--recovery", here.address)

    assert said.code == 0
    assert said.out.splitlines() == [
        "run 3b1f6f0e done: 601 dead letters repaired and replayed, 119 left as they are",
        "        119  no flow is for rule",
    ]


def test_a_run_is_one_object_each_time_it_moves() -> None:
    with desk() as here:
        knows_the_run(here, samples.run(), samples.run(RUN_STATE_DONE, 601))
        said = assay("recover", FLIGHTS, "--why", "renamed", "--yes", "--json", "--recovery", here.address)

    assert [(each["state"], each["settled"]) for each in said.objects] == [("running", 420), ("done", 601)]


def test_a_run_that_was_cancelled_exits_with_1() -> None:
    with desk() as here:
        knows_the_run(here, samples.run(RUN_STATE_CANCELLED))
        said = assay("follow", "3b1f", "--recovery", here.address)

    assert (said.code, said.out.split(":")[0]) == (1, "run 3b1f6f0e cancelled")


@pytest.mark.parametrize(
    ("command", "kind"), [("recover", RUN_KIND_RECOVER), ("replay", RUN_KIND_REPLAY), ("discard", RUN_KIND_DISCARD)]
)
def test_a_run_is_asked_for_with_who_and_why(command: str, kind: int) -> None:
    with desk() as here:
        knows_the_run(here)
        arguments = ["--reason", "schema", "--at", samples.PLACE, "--rate", "5", "--why", "it is late", "--detach"]
        said = assay(command, FLIGHTS, *arguments, "--recovery", here.address)
        asked = here.of("StartRun")[0]

    assert said.code == 0
    assert isinstance(asked, pb.StartRunRequest)
    assert (asked.kind, asked.rate_per_s, len(asked.id)) == (kind, 5.0, 36)
    assert asked.selection == Selection(contract=FLIGHTS, reason="schema", places=[samples.PLACE])
    assert here.callers[-1] == {"actor": "ana", "reason": "it is late"}


def test_a_start_that_was_not_heard_is_asked_for_again_as_the_same_run() -> None:
    with desk() as here:
        knows_the_run(here)
        here.refuses("StartRun", grpc.StatusCode.UNAVAILABLE, "gone")
        said = assay("recover", FLIGHTS, "--why", "renamed", "--yes", "--recovery", here.address)
        ids = {request.id for request in here.of("StartRun") if isinstance(request, pb.StartRunRequest)}

    assert said.code == 1
    assert (len(here.of("StartRun")), len(ids)) == (3, 1)


def test_many_are_settled_only_once_a_person_agreed() -> None:
    with desk() as here:
        knows_the_run(here)
        said = assay("discard", FLIGHTS, "--why", "old", "--recovery", here.address)

    assert said.code == 1
    assert said.err == "Discard 601 open dead letters of 1 failure? Nobody is here to ask; say --yes"
    assert not here.of("StartRun")


@pytest.mark.parametrize("command", [["discard", FLIGHTS, "--yes"], ["pause", samples.RUN], ["mark", "9f3a"]])
def test_nothing_changes_without_a_reason(command: list[str]) -> None:
    with desk() as here:
        said = assay(*command, "--recovery", here.address)

    assert said.code == 2
    assert "say why" in said.err
    assert not here.asked


def test_a_failure_of_another_contract_is_refused() -> None:
    with desk() as here:
        knows_the_run(here)
        said = assay("replay", "planes", "--failure", "9f3a", "--why", "x", "--yes", "--recovery", here.address)

    assert said.code == 2
    assert not here.of("StartRun")


def test_what_the_service_refuses_is_told() -> None:
    with desk() as here:
        knows_the_run(here)
        here.refuses("StartRun", grpc.StatusCode.FAILED_PRECONDITION, "not tried yet: pad; try with --dry-run first")
        said = assay("recover", FLIGHTS, "--why", "x", "--yes", "--recovery", here.address)

    assert (said.code, "try with --dry-run first" in said.err) == (1, True)


def test_a_run_is_paused_by_the_beginning_of_its_id() -> None:
    with desk() as here:
        knows_the_run(here)
        here.says("ChangeRun", pb.ChangeRunResponse(run=samples.run()))
        said = assay("pause", "3b1f", "--why", "the lake is full", "--json", "--recovery", here.address)

    assert json.loads(said.out)["id"] == samples.RUN
    assert here.of("ChangeRun") == [pb.ChangeRunRequest(id=samples.RUN, change=RUN_CHANGE_PAUSE)]


@pytest.mark.parametrize(
    ("known", "said"), [(0, "none of the newest 0 runs begin with 3"), (2, "2 of the newest 2 runs begin with 3")]
)
def test_a_run_that_is_none_or_several_is_told(known: int, said: str) -> None:
    with desk() as here:
        here.says("ListRuns", pb.ListRunsResponse(runs=[samples.run()] * known))
        found = assay("cancel", "3", "--why", "x", "--recovery", here.address)

    assert found.code == 1
    assert found.err.startswith(said)


def test_what_is_known_of_a_failure_is_its_note() -> None:
    with desk() as here:
        here.says("MarkFailure", pb.MarkFailureResponse(failure=samples.failure()))
        assay("mark", "9f3a", "--why", "ask Ines", "--recovery", here.address)

    assert here.of("MarkFailure") == [pb.MarkFailureRequest(fingerprint="9f3a", known=True, note="ask Ines")]
    assert here.callers == [{"actor": "ana", "reason": "ask Ines"}]


def test_a_detached_run_says_how_it_is_followed() -> None:
    with desk() as here:
        knows_the_run(here, samples.run(RUN_STATE_RUNNING))
        said = assay("recover", FLIGHTS, "--why", "x", "--yes", "--detach", "--recovery", here.address)

    assert said.out.splitlines()[-1] == "Next: assay dead-letters follow 3b1f6f0e"
    assert not here.of("WatchRun")


def test_a_watch_that_breaks_off_is_taken_up_again() -> None:
    with desk() as here:
        knows_the_run(here)
        here.breaks_off(
            "WatchRun",
            pb.WatchRunResponse(run=samples.run()),
            pb.WatchRunResponse(run=samples.run(RUN_STATE_DONE, 601)),
        )
        said = assay("follow", "3b1f", "--json", "--recovery", here.address)

    assert (said.code, [each["settled"] for each in said.objects]) == (0, [420, 601])
    assert len(here.of("WatchRun")) == 2


def test_ctrl_c_leaves_the_run_to_itself_and_says_how_to_end_it() -> None:
    with desk() as here:
        knows_the_run(here)
        here.holds("WatchRun", pb.WatchRunResponse(run=samples.run()))
        command = [sys.executable, "-m", "assay.cli", "dead-letters", "follow", "3b1f", "--recovery", here.address]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
            assert here.holding.wait(60)
            process.send_signal(signal.SIGINT)
            _, told = process.communicate(timeout=60)

    assert process.returncode == 130
    assert "run 3b1f6f0e goes on by itself." in told
    assert "dead-letters cancel 3b1f6f0e" in told
