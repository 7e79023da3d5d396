"""The face of recovery over the real service: what failed is shown, tried, proposed and ordered, and else refused."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import AsyncIterable, Awaitable, Callable
from pathlib import Path

import grpc
import pytest

from assay.api.recovery.v1 import recovery_pb2 as pb
from assay.api.recovery.v1 import run_pb2
from assay.streaming import scan
from assay.testkit import Broker, eventually
from assay.testkit.builders import contract_text
from assay.testkit.outcome import in_force, outcome
from tests.integration.recovery.desk_stage import CALL_S, SIGNED, Stage, recovering, refusal_of

Names = Callable[[str], str]

TEXT_ROWS = [{"id": f"{number}", "amount": f"{number}"} for number in range(10, 30)]
NOT_ASKED = """
        - id: amount_as_text
          run: on-request
          when: {reason: schema, path: /amount, rule: type}
          steps: [{cast: {amount: integer}}]
"""
INVALID, MISSING, EARLY = (
    grpc.StatusCode.INVALID_ARGUMENT,
    grpc.StatusCode.NOT_FOUND,
    grpc.StatusCode.FAILED_PRECONDITION,
)


def with_flow(text: bytes) -> bytes:
    """A contract with a flow that only a run applies."""
    recovery = f"\n  - property: assay.recovery\n    value:\n      flows:{NOT_ASKED}team:"
    return text.replace(b"\nteam:", recovery.encode(), 1)


def all_of(stage: Stage) -> run_pb2.Selection:
    return run_pb2.Selection(contract=stage.contract.id)


async def test_a_failure_is_shown_marked_and_its_dead_letters_are_there(
    broker: Broker, unique: Names, tmp_path: Path
) -> None:
    async with recovering(broker, contract_text(unique("shown")), tmp_path, TEXT_ROWS) as stage:
        failure = await stage.failure(20)
        assert (failure.path, failure.rule, failure.open, failure.status) == (
            "/amount",
            "type",
            20,
            pb.FAILURE_STATUS_NEW,
        )
        request = pb.MarkFailureRequest(fingerprint=failure.fingerprint[:8], known=True, note="ask the shop")
        marked = (await stage.stub.MarkFailure(request, timeout=CALL_S, metadata=SIGNED)).failure
        assert (marked.marked, marked.note, marked.status) == (True, "ask the shop", pb.FAILURE_STATUS_KNOWN)
        place = failure.samples[0].place
        letter = (await stage.stub.GetDeadLetter(pb.GetDeadLetterRequest(place=place), timeout=CALL_S)).letter
        assert json.loads(letter.value)["amount"] == json.loads(letter.value)["id"]
        assert (letter.failure, letter.reason, letter.sealed) == (failure.fingerprint, "schema", False)
        assert [each.place for each in letter.history] == [place]
        assert not letter.HasField("settlement")
        actions = await stage.stub.ListActions(pb.ListActionsRequest(contract=stage.contract.id), timeout=CALL_S)
        assert [(each.actor, each.why, each.commit, each.WhichOneof("what")) for each in actions.actions] == [
            ("ana", "the shop sends text", "0123abc", "marked")
        ]


async def test_dead_letters_are_followed_as_they_come_and_without_their_values(
    broker: Broker, unique: Names, tmp_path: Path
) -> None:
    async with recovering(broker, contract_text(unique("followed")), tmp_path, TEXT_ROWS) as stage:
        request = pb.TailDeadLettersRequest(selection=run_pb2.Selection(contract=stage.contract.id, path="/amount"))
        call = stage.stub.TailDeadLetters(request, timeout=60)
        await call.initial_metadata()
        await stage.send([{"id": 7}, {"id": "new", "amount": "1"}])
        answer = await call.read()
        assert isinstance(answer, pb.TailDeadLettersResponse)
        assert (answer.letter.violations[0].path, answer.missed) == ("/amount", 0)
        assert not answer.letter.HasField("value")
        call.cancel()


async def test_a_flow_is_proposed_tried_and_run_once_it_has_passed(
    broker: Broker, unique: Names, tmp_path: Path
) -> None:
    text = contract_text(unique("recovered"))
    async with recovering(broker, text, tmp_path, [*TEXT_ROWS, {"id": "x", "amount": "many"}]) as stage:
        failures = await stage.failures(21)
        asked = pb.ProposeFlowsRequest(fingerprint=failures[0].fingerprint)
        proposal = (await stage.stub.ProposeFlows(asked, timeout=CALL_S)).proposals[0]
        assert "cast: {amount: integer}" in proposal.flow
        draft = pb.TryRecoveryRequest(selection=all_of(stage), draft=proposal.flow)
        trial = (await stage.stub.TryRecovery(draft, timeout=CALL_S)).trial
        assert (trial.tried, trial.would_pass, trial.would_stay) == (21, 20, 1)
        newer = with_flow(contract_text(stage.contract.id, version="1.1.0"))
        await in_force(stage.registry.address, broker.bootstrap, newer)
        await eventually(lambda: refused(stage, run_pb2.RUN_KIND_RECOVER, (EARLY, "NOT_TRIED")), within_s=20)
        trial = (await stage.stub.TryRecovery(pb.TryRecoveryRequest(selection=all_of(stage)), timeout=CALL_S)).trial
        assert (trial.version, trial.passed) == ("1.1.0", True)
        name = str(uuid.uuid4())
        run = (await stage.start(run_pb2.RUN_KIND_RECOVER, id=name)).run
        again = (await stage.start(run_pb2.RUN_KIND_RECOVER, id=name, rate_per_s=5.0)).run
        assert (again.id, again.rate_per_s, again.started_ms) == (run.id, 0, run.started_ms)
        ended = await stage.ended(run.id)
        assert (ended.state, ended.settled, ended.left) == (run_pb2.RUN_STATE_DONE, 20, 1)
        runs = (await stage.stub.ListRuns(pb.ListRunsRequest(contract=stage.contract.id), timeout=CALL_S)).runs
        assert [each.id for each in runs] == [run.id]
        found = await outcome(broker.bootstrap, stage.contract)
        assert found.raw.total() == 21 + 20


async def refused(stage: Stage, kind: int, wanted: tuple[grpc.StatusCode, str]) -> bool:
    """Whether a run is refused so."""
    try:
        await stage.start(kind)
    except grpc.aio.AioRpcError as error:
        return refusal_of(error) == wanted
    return False


async def test_an_edited_record_is_resubmitted_once_and_its_history_told(
    broker: Broker, unique: Names, tmp_path: Path
) -> None:
    async with recovering(broker, contract_text(unique("edited")), tmp_path, [{"id": "1", "amount": "one"}]) as stage:
        place = (await stage.failure(1)).samples[0].place
        with pytest.raises(grpc.aio.AioRpcError) as refusal:
            await stage.start(run_pb2.RUN_KIND_RESUBMIT, places=[place], value=b'{"id":"1","amount":"1"}')
        assert refusal_of(refusal.value) == (EARLY, "VALUE_REFUSED")
        bad = await stage.start(run_pb2.RUN_KIND_RESUBMIT, places=[place], value=b'{"id":"1","amount":"1"}', force=True)
        assert (await stage.ended(bad.run.id)).settled == 1
        second = await eventually(lambda: the_second(stage, place), within_s=30)
        good = await stage.start(run_pb2.RUN_KIND_RESUBMIT, places=[second], value=b'{"id":"1","amount":1}')
        assert (await stage.ended(good.run.id)).settled == 1
        for asked in (place, second):
            letter = await letter_at(stage, asked)
            assert [(each.place, each.attempt, each.settlement.outcome) for each in letter.history] == [
                (place, 0, pb.OUTCOME_REPLAYED), (second, 1, pb.OUTCOME_REPLAYED),
            ]  # fmt: skip
            assert letter.settlement.actor == "ana"
        assert await eventually(lambda: is_validated(stage, b'{"id":"1","amount":1}'), within_s=30)


async def letter_at(stage: Stage, place: str) -> pb.DeadLetter:
    return (await stage.stub.GetDeadLetter(pb.GetDeadLetterRequest(place=place), timeout=CALL_S)).letter


async def the_second(stage: Stage, place: str) -> str:
    """Where the replay of a dead letter is a dead letter again."""
    history = (await letter_at(stage, place)).history
    return history[1].place if len(history) == 2 else ""


async def is_validated(stage: Stage, value: bytes) -> bool:
    topic = stage.contract.topics.validated
    return [record.value async for records in scan(stage.broker.bootstrap, [topic]) for record in records] == [value]


async def test_a_run_is_paused_resumed_cancelled_and_another_settles_the_rest_with_who_and_why(
    broker: Broker, unique: Names, tmp_path: Path
) -> None:
    async with recovering(broker, contract_text(unique("discarded")), tmp_path, TEXT_ROWS) as stage:
        failure = await stage.failure(20)
        slow = (await stage.start(run_pb2.RUN_KIND_DISCARD, rate_per_s=0.01)).run
        states = []
        for change in (run_pb2.RUN_CHANGE_PAUSE, run_pb2.RUN_CHANGE_RESUME, run_pb2.RUN_CHANGE_CANCEL):
            request = pb.ChangeRunRequest(id=slow.id, change=change)
            states.append((await stage.stub.ChangeRun(request, timeout=CALL_S, metadata=SIGNED)).run.state)
        assert states == [run_pb2.RUN_STATE_PAUSED, run_pb2.RUN_STATE_RUNNING, run_pb2.RUN_STATE_CANCELLED]
        assert (await stage.ended(slow.id)).settled < 20
        run = (await stage.start(run_pb2.RUN_KIND_DISCARD, failure=failure.fingerprint[:6])).run
        assert run.selection.failure == failure.fingerprint
        assert (await stage.ended(run.id)).state == run_pb2.RUN_STATE_DONE
        with pytest.raises(grpc.aio.AioRpcError) as refusal:
            await stage.stub.ChangeRun(request, timeout=CALL_S, metadata=SIGNED)
        assert refusal_of(refusal.value) == (EARLY, "RUN_ENDED")
        settlements = [(await letter_at(stage, sample.place)).settlement for sample in failure.samples]
        assert {each.outcome for each in settlements} == {pb.OUTCOME_DISCARDED}
        assert {(each.actor, each.why) for each in settlements} == {("ana", "the shop sends text")}
        assert run.id in {each.run for each in settlements}


async def test_sealed_dead_letters_stay_sealed_in_every_answer(broker: Broker, unique: Names, tmp_path: Path) -> None:
    text = contract_text(unique("sealed")).replace(b"{name: amount,", b"{name: amount, classification: restricted,")
    rows = [{"id": "1", "amount": "4711"}, {"id": "2", "amount": "0815"}]
    async with recovering(broker, text, tmp_path, rows) as stage:
        failure = await stage.failure(2)
        letter = await letter_at(stage, failure.samples[0].place)
        proposals = await stage.stub.ProposeFlows(
            pb.ProposeFlowsRequest(fingerprint=failure.fingerprint), timeout=CALL_S
        )
        draft = proposals.proposals[0].flow
        trial = await stage.stub.TryRecovery(
            pb.TryRecoveryRequest(selection=all_of(stage), draft=draft), timeout=CALL_S
        )
        assert (trial.trial.would_pass, trial.trial.would_stay) == (1, 1)
        assert letter.sealed
        for told in (letter, failure, proposals, trial):
            assert b"4711" not in told.SerializeToString()
            assert b"0815" not in told.SerializeToString()


async def test_a_call_that_can_not_be_meant_so_is_refused_with_its_cause(
    broker: Broker, unique: Names, tmp_path: Path
) -> None:
    bomb = "a: &a [1, 1]\nb: &b [*a, *a]\nc: [*b, *b]\n"
    async with recovering(broker, contract_text(unique("refused")), tmp_path, TEXT_ROWS[:1]) as stage:
        failure = await stage.failure(1)
        place, here, stub = failure.samples[0].place, all_of(stage), stage.stub
        topic = stage.contract.topics.dead_letters
        cases: list[tuple[tuple[grpc.StatusCode, str], Callable[[], Awaitable[object]]]] = [
            ((INVALID, "REQUEST"), lambda: stub.ListFailures(pb.ListFailuresRequest.FromString(b"\x3a\x01\x63"))),
            ((INVALID, "REQUEST"), lambda: stub.ListFailures(pb.ListFailuresRequest(limit=-1))),
            ((MISSING, "FAILURE_UNKNOWN"), lambda: stub.GetFailure(pb.GetFailureRequest(fingerprint=""))),
            ((MISSING, "FAILURE_UNKNOWN"), lambda: stub.GetFailure(pb.GetFailureRequest(fingerprint="%"))),
            ((MISSING, "FAILURE_UNKNOWN"), lambda: stub.ProposeFlows(pb.ProposeFlowsRequest(fingerprint="0" * 16))),
            ((INVALID, "REASON_MISSING"), lambda: stub.MarkFailure(pb.MarkFailureRequest(fingerprint=failure.fingerprint))),
            ((INVALID, "REQUEST"), lambda: stub.GetDeadLetter(pb.GetDeadLetterRequest(place="nowhere"))),
            ((MISSING, "LETTER_UNKNOWN"), lambda: stub.GetDeadLetter(pb.GetDeadLetterRequest(place="no/0/1"))),
            ((MISSING, "LETTER_UNKNOWN"), lambda: stub.GetDeadLetter(pb.GetDeadLetterRequest(place=f"{topic}/0/99"))),
            ((MISSING, "LETTER_UNKNOWN"), lambda: stub.GetDeadLetter(pb.GetDeadLetterRequest(place=f"{topic}/77/0"))),
            ((MISSING, "CONTRACT_UNKNOWN"), lambda: first_of(stub.TailDeadLetters(pb.TailDeadLettersRequest()))),
            ((MISSING, "CONTRACT_UNKNOWN"), lambda: stub.TryRecovery(pb.TryRecoveryRequest())),
            ((EARLY, "FLOW_UNKNOWN"), lambda: stub.TryRecovery(pb.TryRecoveryRequest(selection=here))),
            ((EARLY, "FLOW_UNKNOWN"), lambda: stub.TryRecovery(pb.TryRecoveryRequest(selection=here, flow="no"))),
            ((INVALID, "DRAFT"), lambda: stub.TryRecovery(pb.TryRecoveryRequest(selection=here, draft=bomb))),
            ((INVALID, "DRAFT"), lambda: stub.TryRecovery(pb.TryRecoveryRequest(selection=here, draft="[]"))),
            ((INVALID, "REQUEST"), lambda: stub.TryRecovery(pb.TryRecoveryRequest(selection=here, draft="x", flow="y"))),
            ((INVALID, "REQUEST"), lambda: stub.TryRecovery(pb.TryRecoveryRequest(selection=here, limit=-1, draft="x"))),
            ((INVALID, "REQUEST"), lambda: stage.start(run_pb2.RUN_KIND_DISCARD, places=[place] * 1_001)),
            ((INVALID, "REQUEST"), lambda: stage.start(run_pb2.RUN_KIND_DISCARD, places=["other.dead-letters/0/0"])),
            ((MISSING, "LETTER_UNKNOWN"), lambda: stage.start(run_pb2.RUN_KIND_DISCARD, places=[f"{topic}/0/99"])),
            ((INVALID, "REQUEST"), lambda: stage.start(run_pb2.RUN_KIND_DISCARD, id="1")),
            ((INVALID, "REQUEST"), lambda: stage.start(99)),
            ((INVALID, "REQUEST"), lambda: stage.start(run_pb2.RUN_KIND_DISCARD, rate_per_s=float("nan"))),
            ((INVALID, "REQUEST"), lambda: stage.start(run_pb2.RUN_KIND_DISCARD, value=b"x")),
            ((INVALID, "REQUEST"), lambda: stage.start(run_pb2.RUN_KIND_DISCARD, until_ms=5, since_ms=5)),
            ((INVALID, "REQUEST"), lambda: stage.start(run_pb2.RUN_KIND_RESUBMIT, value=b"x")),
            ((INVALID, "REQUEST"), lambda: stage.start(run_pb2.RUN_KIND_RESUBMIT, places=[place], value=b"x" * 2_000_000)),
            ((EARLY, "FLOW_UNKNOWN"), lambda: stage.start(run_pb2.RUN_KIND_RECOVER)),
            ((MISSING, "FAILURE_UNKNOWN"), lambda: stage.start(run_pb2.RUN_KIND_DISCARD, failure="zz")),
            ((INVALID, "REASON_MISSING"), lambda: stub.StartRun(pb.StartRunRequest(id=str(uuid.uuid4()), selection=here))),
            ((MISSING, "RUN_UNKNOWN"), lambda: first_of(stub.WatchRun(pb.WatchRunRequest(id=str(uuid.uuid4()))))),
            ((MISSING, "RUN_UNKNOWN"), lambda: stub.ChangeRun(pb.ChangeRunRequest(id=str(uuid.uuid4())), metadata=SIGNED)),
            ((INVALID, "REQUEST"), lambda: stub.ListRuns(pb.ListRunsRequest(limit=-5))),
            ((INVALID, "REQUEST"), lambda: stub.ListActions(pb.ListActionsRequest(limit=-5))),
        ]  # fmt: skip
        found = [(wanted, await how_refused(call)) for wanted, call in cases]
        assert [got for _, got in found] == [wanted for wanted, _ in found]


async def first_of(answers: AsyncIterable[object]) -> object:
    return await anext(aiter(answers))


async def how_refused(call: Callable[[], Awaitable[object]]) -> tuple[grpc.StatusCode, str]:
    try:
        async with asyncio.timeout(CALL_S):
            await call()
    except grpc.aio.AioRpcError as error:
        return refusal_of(error)
    return grpc.StatusCode.OK, ""
