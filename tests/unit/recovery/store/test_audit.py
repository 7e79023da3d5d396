"""What actions say of runs, trials and marks."""

from __future__ import annotations

from itertools import permutations

import pytest

from assay.api.recovery.v1 import run_pb2 as pb
from assay.recovery.run import RunKind, RunState
from assay.recovery.status import FailureStatus
from assay.recovery.store import Runs, prune
from assay.streaming import Record
from tests.unit.recovery.store.projection import projection
from tests.unit.recovery.store.topics import CONTRACT, NOW_MS, action, failure_of, letter, run, settlement

FAILURE = failure_of(letter(0))


def changed(at: int, change: pb.RunChange.ValueType, of: str = "r") -> Record:
    return action(at, f"change-{at}", changed=pb.RunChanged(run=of, change=change))


def passed(at: int, partition: int, left: int = 0, why: str = "") -> Record:
    told = [pb.Explanation(text=why, dead_letters=left)] if why else []
    went = pb.RunPartition(partition=partition, end=10, position=10, done=True, left=left, explanations=told)
    return action(at, f"r/{partition}", passed=pb.RunPassed(run="r", partition=went))


async def test_a_run_that_was_asked_for_is_active_with_who_and_why() -> None:
    async with projection() as index:
        await index.take([action(0, "a", started=run("r", (10, 0), flow="f", rate_per_s=2.5))])
        (found,) = await Runs(index.database).active("orders")
        assert await Runs(index.database).active("others") == []
    assert (found.id, found.kind, found.state) == ("r", RunKind.DISCARD, RunState.RUNNING)
    assert (found.actor, found.why, found.flow, found.rate_per_s) == ("ann", "it hurts", "f", 2.5)
    assert dict(found.ends) == {0: 10, 1: 0}
    assert set(found.done) == {1}


async def test_a_run_that_went_through_every_partition_is_done() -> None:
    async with projection() as index:
        await index.take(
            [action(0, "a", started=run("r", (10, 10, 0))), passed(1, 0, 2, "why"), passed(2, 1, 3, "why")]
        )
        found = await index.run("r")
        assert await Runs(index.database).active("orders") == []
    assert (found.run.state, found.ended_ms, found.left) == (RunState.DONE, NOW_MS + 2, 5)
    assert [(each.text, each.dead_letters) for each in found.explanations] == [("why", 5)]


async def test_a_run_over_nothing_is_done_at_once() -> None:
    async with projection() as index:
        await index.take([action(0, "a", started=run("r", (0, 0)))])
        assert (await index.run("r")).run.state is RunState.DONE


async def test_a_paused_run_stays_active_and_goes_on_when_resumed() -> None:
    async with projection() as index:
        await index.take([action(0, "a", started=run("r")), changed(1, pb.RUN_CHANGE_PAUSE)])
        (found,) = await Runs(index.database).active("orders")
        assert found.state is RunState.PAUSED
        await index.take([changed(2, pb.RUN_CHANGE_RESUME)])
        assert (await index.run("r")).run.state is RunState.RUNNING


@pytest.mark.parametrize("later", [pb.RUN_CHANGE_RESUME, pb.RUN_CHANGE_PAUSE])
async def test_a_cancelled_run_stays_cancelled(later: pb.RunChange.ValueType) -> None:
    async with projection() as index:
        await index.take([action(0, "a", started=run("r")), changed(1, pb.RUN_CHANGE_CANCEL), changed(2, later)])
        await index.take([passed(3, 0)])
        found = await index.run("r")
    assert (found.run.state, found.ended_ms) == (RunState.CANCELLED, NOW_MS + 1)


async def test_a_run_that_is_done_can_not_be_cancelled() -> None:
    async with projection() as index:
        await index.take([action(0, "a", started=run("r")), passed(1, 0), changed(2, pb.RUN_CHANGE_CANCEL)])
        assert (await index.run("r")).run.state is RunState.DONE


async def test_an_action_that_is_written_twice_is_taken_once() -> None:
    async with projection() as index:
        pause, again = changed(1, pb.RUN_CHANGE_PAUSE), changed(1, pb.RUN_CHANGE_PAUSE)._replace(offset=3)
        await index.take([action(0, "a", started=run("r")), pause, changed(2, pb.RUN_CHANGE_RESUME), again])
        assert (await index.run("r")).run.state is RunState.RUNNING
        assert len(await Runs(index.database).actions("orders")) == 3
        assert await Runs(index.database).has_action("change-1")
        assert not await Runs(index.database).has_action("change-9")


async def test_what_a_run_settled_is_counted_from_settlements() -> None:
    async with projection() as index:
        await index.take([settlement(0, 0, FAILURE, run="r"), settlement(1, 1, FAILURE), settlement(2, 0, run="r")])
        await index.take([action(0, "a", started=run("r"))], [settlement(0, 5, run="r", partition=1)])
        assert (await index.run("r")).settled == 2


async def test_the_order_of_start_settlements_and_ends_makes_no_difference() -> None:
    chunks = [[action(0, "a", started=run("r"))], [passed(1, 0, 1, "why")], [settlement(0, 3, FAILURE, run="r")]]
    found = set()
    for order in permutations(chunks):
        async with projection() as index:
            await index.take(*order)
            account = await index.run("r")
            found.add((account.run.state, account.settled, account.left, account.explanations))
    assert len(found) == 1


async def test_a_failure_that_a_run_goes_through_is_recovering() -> None:
    async with projection() as index:
        only = pb.Selection(contract="orders", failure=FAILURE)
        await index.take([letter(0), letter(1, "required")], [action(0, "a", started=run("r", selection=only))])
        found = await index.failures()
        assert {each.rule: each.status for each in found.values()} == {
            "type": FailureStatus.RECOVERING,
            "required": FailureStatus.NEW,
        }


async def test_a_failure_that_was_marked_is_known_until_that_is_taken_back() -> None:
    async with projection() as index:
        mark = pb.FailureMarked(fingerprint=FAILURE, known=True, note="fixed on Monday")
        await index.take([action(0, "a", marked=mark)], [letter(0)])
        found = await index.one()
        assert (found.status, found.note, found.is_marked) == (FailureStatus.KNOWN, "fixed on Monday", True)
        await index.take([action(1, "b", marked=pb.FailureMarked(fingerprint=FAILURE))])
        assert (await index.one()).status is FailureStatus.NEW


async def test_a_flow_has_passed_once_a_trial_of_the_same_flow_and_version_repaired_some() -> None:
    trial = pb.Trial(contract="orders", version="1.0.0", flow="f", digest="d1", passed=True)
    trial.flows.add(flow="g", digest="d2", would_pass=1)
    trial.flows.add(flow="h", digest="d3", would_pass=0)
    async with projection() as index:
        await index.take([action(0, "a", tried=trial)])
        runs = Runs(index.database)
        found = [
            await runs.has_passed("orders", *asked)
            for asked in (("1.0.0", "f", "d1"), ("1.0.0", "g", "d2"), ("1.0.0", "h", "d3"), ("1.0.0", "f", "d2"))
        ]
        assert found == [True, True, False, False]
        assert not await runs.has_passed("orders", "1.1.0", "f", "d1")


async def test_an_action_of_a_later_release_is_kept_in_the_audit() -> None:
    async with projection() as index:
        await index.take([action(0, "a"), action(1, "b", started=run("r", kind=99)), action(2, "")])
        assert [each.id for each in await Runs(index.database).actions()] == ["b", "a"]
        assert await Runs(index.database).list() == []


async def test_how_far_a_run_is_is_a_hint_until_it_is_done() -> None:
    async with projection() as index:
        await index.take([action(0, "a", started=run("r"))])
        runs = Runs(index.database)
        await runs.progress("r", 0, 4, 2, {"why": 2})
        found = await index.run("r")
        assert (found.left, found.partitions[0].position) == (2, 4)
        await index.take([passed(1, 0, 3)])
        assert (await index.run("r")).left == 3


async def test_the_record_that_a_run_resubmits_is_kept_until_it_is_dropped() -> None:
    async with projection() as index:
        runs = Runs(index.database)
        await runs.keep_value("r", b"sealed")
        assert await runs.value("r") == b"sealed"
        await runs.drop_value("r")
        assert await runs.value("r") is None


@pytest.mark.parametrize("end", [passed(2, 0), changed(2, pb.RUN_CHANGE_CANCEL)], ids=["passed", "cancelled"])
async def test_what_a_run_would_have_resubmitted_is_forgotten_once_it_has_ended(end: Record) -> None:
    async with projection() as index:
        runs = Runs(index.database)
        for each in ("r", "not-read-yet"):
            await runs.keep_value(each, b"sealed")
        await index.take([action(0, "a", started=run("r"))])
        await prune(index.database, CONTRACT, NOW_MS)
        assert await runs.value("r") == b"sealed"
        await index.take([end])
        await prune(index.database, CONTRACT, NOW_MS)
        assert (await runs.value("r"), await runs.value("not-read-yet")) == (None, b"sealed")


async def test_a_run_that_was_cancelled_is_as_far_as_it_came() -> None:
    async with projection() as index:
        went = pb.RunPartition(partition=0, end=10, position=4, done=True)
        await index.take(
            [
                action(0, "a", started=run("r", (10,))),
                changed(1, pb.RUN_CHANGE_CANCEL),
                action(2, "r/0", passed=pb.RunPassed(run="r", partition=went)),
            ]
        )
        found = await index.run("r")
    assert (found.run.state, found.partitions[0].position) == (RunState.CANCELLED, 4)
