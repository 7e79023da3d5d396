"""Windows of a contract are evaluated once for each revision, and people are told of flips alone."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from assay.alerts.panes.standing import Bounds
from assay.alerts.promises import history
from assay.alerts.promises.evaluation import Evaluation, Outcome
from assay.alerts.promises.folding import fold
from assay.alerts.promises.hysteresis import Memory
from assay.alerts.promises.turn import Turn
from assay.alerts.promises.windows import EMPTY_RUN, MOST_WINDOWS
from assay.contracts import Maintenance, Patience
from tests.unit.alerts.promises.stage import MINUTE_MS, NULLS, ROWS, START, Stage, contract_of, error_rate


def test_a_window_that_breaks_a_promise_is_told_once_and_so_is_its_end() -> None:
    stage = Stage(contract_of(error_rate()))
    stage.send(0, valid=9, refused=1)
    stage.send(6, valid=10)
    stage.close(11)
    assert stage.outcomes() == ["broken", "kept"]
    assert stage.states() == ["firing", "resolved"]


def test_turns_that_are_taken_again_change_nothing() -> None:
    stage = Stage(contract_of(NULLS, ROWS, error_rate()))
    stage.send(0, valid=9, refused=1)
    stage.close(21)
    before = (stage.history(), stage.said(), stage.breaches())
    for _ in range(3):
        assert stage.turn().windows == 0
    assert (stage.history(), stage.said(), stage.breaches()) == before


def test_windows_without_records_break_a_volume_and_say_nothing_of_shares() -> None:
    stage = Stage(contract_of(NULLS, ROWS))
    stage.send(0, valid=9)
    stage.close(11)
    assert stage.outcomes("rows") == ["kept", "broken"]
    assert stage.outcomes("promise-0") == ["kept", "insufficient"]


def test_a_window_with_few_records_is_insufficient() -> None:
    stage = Stage(contract_of(error_rate(Patience(min_records=20))))
    stage.send(0, valid=5, refused=5)
    stage.close(6)
    assert stage.outcomes() == ["insufficient"]
    assert stage.said() == []


def test_maintenance_is_not_held_against_a_promise() -> None:
    begin_ms = (START + 3) * MINUTE_MS
    stage = Stage(contract_of(error_rate(), maintenance=(Maintenance("new machines", begin_ms, begin_ms + 1),)))
    stage.send(0, valid=5, refused=5)
    stage.send(5, valid=5, refused=5)
    stage.close(11)
    assert stage.outcomes() == ["maintenance", "broken"]
    assert stage.said()[0][0].endswith(f"-{(START + 5) * MINUTE_MS}/firing")


def test_the_first_window_is_the_first_that_has_a_record() -> None:
    stage = Stage(contract_of(ROWS))
    stage.turns()
    assert stage.history() == []
    stage.send(7, valid=3)
    stage.close(11)
    assert [each.start_ms // MINUTE_MS - START for each in stage.history()] == [5]


def test_a_first_record_from_the_future_closes_no_window_early() -> None:
    stage = Stage(contract_of(error_rate()))
    stage.send(500_000, valid=1)
    stage.send(0, valid=5)
    stage.turns()
    stage.send(1, valid=5, refused=5)
    stage.turns()
    assert stage.history() == []
    stage.close(6)
    assert [each.records for each in stage.history()] == [15]


def test_counts_of_all_versions_are_added_up() -> None:
    stage = Stage(contract_of(error_rate(), ROWS))
    stage.send(0, valid=50, version="1.0.0")
    stage.send(1, valid=49, refused=1, version="1.1.0")
    stage.close(6)
    assert [(each.promise, each.records, each.bad) for each in stage.history()] == [("rows", 99, 0), ("errors", 100, 1)]


def test_a_version_that_did_not_count_a_promise_has_none_of_its_records() -> None:
    counted_later = replace(NULLS, id="promise-1")
    stage = Stage(contract_of(counted_later))
    stage.send(0, valid=50, nulls=50)
    stage.close(6)
    assert [(each.records, str(each.outcome)) for each in stage.history()] == [(0, "insufficient")]


def test_a_late_record_that_changes_nothing_of_the_verdict_is_a_revision_and_not_told() -> None:
    stage = Stage(contract_of(error_rate()))
    stage.send(0, valid=5, refused=5)
    stage.close(6)
    stage.send(1, valid=1)
    stage.turns()
    assert [(each.revision, each.records) for each in stage.history()] == [(0, 10), (1, 11)]
    assert stage.states() == ["firing"]


def test_a_late_record_that_keeps_the_promise_after_all_resolves() -> None:
    stage = Stage(contract_of(error_rate()))
    stage.send(0, valid=5, refused=5)
    stage.close(6)
    stage.send(1, valid=1000)
    stage.turns()
    assert stage.states() == ["firing", "resolved"]


def test_a_window_that_is_broken_late_fires_and_is_over_with_the_kept_one_after_it() -> None:
    stage = Stage(contract_of(error_rate()))
    stage.send(0, valid=5)
    stage.send(5, valid=5)
    stage.close(11)
    assert stage.said() == []
    stage.send(1, refused=5)
    stage.turns()
    assert stage.states() == ["firing", "resolved"]
    assert [each.fired.window_start_ms // MINUTE_MS - START for each in stage.breaches()] == [0]


def test_a_window_that_is_broken_again_after_its_end_was_told_is_told_anew() -> None:
    stage = Stage(contract_of(error_rate()))
    stage.send(0, valid=5, refused=5)
    stage.close(6)
    stage.send(1, valid=1000)
    stage.turns()
    stage.send(2, refused=1000)
    stage.turns()
    keys = [key for key, _ in stage.said()]
    assert stage.states() == ["firing", "resolved", "firing"]
    assert len(set(keys)) == 3


def test_records_that_come_later_into_a_window_not_closed_yet_are_no_revision() -> None:
    stage = Stage(contract_of(error_rate()))
    stage.send(0, valid=5)
    stage.send(3, valid=5)
    stage.turns()
    stage.send(1, valid=5)
    stage.close(6)
    assert [(each.revision, each.records) for each in stage.history()] == [(0, 15)]


def test_a_promise_that_is_no_longer_made_ends_its_breach() -> None:
    stage = Stage(contract_of(error_rate(), ROWS))
    stage.send(0, valid=5, refused=5)
    stage.close(6)
    stage.contracts["orders"] = contract_of(ROWS)
    stage.turns()
    assert stage.states() == ["firing", "resolved"]
    over = stage.breaches()[0].resolved
    assert over is not None
    assert over.measured == "the contract promises it no longer"


def test_an_observed_contract_calls_nobody() -> None:
    stage = Stage(contract_of(NULLS, enforcement="observe"))
    stage.send(0, valid=5, nulls=5)
    stage.close(6)
    assert (stage.outcomes(), stage.said()) == (["broken"], [])


def test_what_an_observed_contract_refuses_is_told() -> None:
    stage = Stage(contract_of(error_rate(), enforcement="observe"))
    stage.send(0, valid=5, refused=5)
    stage.close(6)
    assert stage.states() == ["firing"]


def test_a_year_old_replay_beside_todays_records_passes_by_the_year() -> None:
    stage = Stage(contract_of(ROWS))
    stage.send(-600_000, valid=3)
    stage.send(0, valid=3)
    stage.close(6)
    assert len(stage.history()) < MOST_WINDOWS + EMPTY_RUN + 5
    assert stage.history()[-1].outcome == "kept"


def test_a_contract_whose_partition_is_dead_is_not_evaluated() -> None:
    stage = Stage(contract_of(error_rate()))
    stage.send(0, valid=5, refused=5)
    stage.send(6, valid=5)
    stage.wait(21)
    stage.turns()
    assert stage.history() == []
    stage.beat()
    stage.turns()
    assert stage.outcomes() == ["broken"]


@pytest.mark.parametrize("fails", [1, 2])
def test_a_turn_that_was_taken_back_leaves_nothing(fails: int) -> None:
    stage = Stage(contract_of(error_rate()))
    stage.send(0, valid=5, refused=5)
    stage.send(12, valid=5)
    turn = Turn(stage.contracts["orders"], stage.clock.ms, Bounds(since_ms=stage.since_ms))
    for _ in range(fails):
        with pytest.raises(ZeroDivisionError):
            _take_and_fail(stage, turn)
    assert (stage.history(), stage.said()) == ([], [])
    stage.turns()
    assert (stage.outcomes(), stage.states()) == (["broken", "insufficient"], ["firing"])


def _take_and_fail(stage: Stage, turn: Turn) -> None:
    with stage.merged.read() as transaction:
        turn.take(transaction, stage.merged.reader, stage.book)
        raise ZeroDivisionError


OUTCOMES = st.lists(st.tuples(st.integers(0, 11), st.sampled_from(Outcome)), max_size=30)
PATIENCE = st.sampled_from([Patience(), Patience(0, 2, 3, 2), Patience(0, 1, 1, 2), Patience(0, 3, 4, 1)])


@settings(max_examples=40, deadline=None)
@given(OUTCOMES, PATIENCE, st.integers(0, 2**32))
@example([(0, Outcome.BROKEN), (1, Outcome.KEPT), (1, Outcome.INSUFFICIENT)], Patience(), 0)
def test_in_whatever_order_windows_are_revised_the_end_is_the_same(
    story: list[tuple[int, Outcome]], patience: Patience, seed: int
) -> None:
    last = dict(story)
    in_order, revised = Folded(patience), Folded(patience)
    for at in sorted(last):
        in_order.take(at, last[at])
    for at, outcome in story:
        revised.take(at, outcome)
    for at in random.Random(seed).sample(sorted(last), len(last)):
        revised.take(at, last[at])
    assert revised.memories() == in_order.memories()
    assert revised.is_open() == in_order.is_open() == any(each.is_firing for each in in_order.memories()[-1:])
    for folded in (in_order, revised):
        _is_told_in_turns(folded.stage)


class Folded:
    """Evaluations of one promise, folded one by one."""

    def __init__(self, patience: Patience) -> None:
        self.held = error_rate(patience)
        self.contract = contract_of(self.held)
        self.stage = Stage(self.contract)

    def take(self, at: int, outcome: Outcome) -> None:
        span = ((START + 5 * at) * MINUTE_MS, (START + 5 * at + 5) * MINUTE_MS)
        fingerprint = self.held.fingerprint("orders")
        found = Evaluation(fingerprint, "orders", "1.0.0", "errors", *span, outcome, words=str(outcome))
        with self.stage.merged.read() as transaction:
            fold(transaction, self.contract, [(self.held, [found])], self.stage.book)

    def memories(self) -> list[Memory]:
        with self.stage.merged.read() as transaction:
            return [memory for _, memory in history.since(transaction, self.held.fingerprint("orders"), 0)]

    def is_open(self) -> bool:
        return any(each.is_open for each in self.stage.breaches())


def _is_told_in_turns(stage: Stage) -> None:
    """No breach is told twice, none is over before it fires, and of a promise at most one is open."""
    keys = [key for key, _ in stage.said()]
    assert len(keys) == len(set(keys))
    for key in keys:
        if key.endswith("/resolved"):
            assert key.replace("/resolved", "/firing") in keys[: keys.index(key)]
    fingerprints = [each.fired.fingerprint for each in stage.breaches() if each.is_open]
    assert len(fingerprints) == len(set(fingerprints))
