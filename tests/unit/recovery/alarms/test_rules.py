"""People hear of a problem once when it begins and once when it is over, and what they hear is true."""

from __future__ import annotations

import shlex
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.alerts.plain import plain
from assay.contracts import Violation
from assay.recovery.alarms.alarm import Alarm, Kind, failure_name
from assay.recovery.alarms.sight import Bounds
from assay.recovery.status import FailureStatus
from assay.recovery.store import Failure, Rate
from tests.unit.recovery.alarms.scene import MINUTE_MS, NOW_MS, Memory, failure, rate

HOUR_MS = 60 * MINUTE_MS
BEGINS, OVER = (Kind.FAILURE, True), (Kind.FAILURE, False)


def test_a_new_failure_is_told_once_however_many_dead_letters_it_has() -> None:
    memory = Memory()
    assert memory.look([failure()]) == [BEGINS]
    assert memory.look([failure(letters=4_000)]) == []


def test_a_burst_is_told_once_it_has_settled_with_its_count() -> None:
    memory = Memory()
    burst = failure(letters=475, first_ms=NOW_MS - 2_000)
    assert memory.look([burst]) == []
    assert memory.look([burst], now_ms=NOW_MS + 3_000) == [BEGINS]
    saying = memory.told[0].saying
    assert saying is not None
    assert (
        saying.measured == "475 dead letters open from shop: schema: /amount breaks type, found string of # characters"
    )


def test_a_broken_rule_is_told_in_the_words_of_the_contract() -> None:
    memory = Memory()
    violation = Violation("", "landing_has_delay", "a landing has an arrival delay", "not true")
    memory.look([replace(failure("landing_has_delay", reason="rule"), path="", violations=(violation,))])
    saying = memory.told[0].saying
    assert saying is not None
    assert saying.measured == (
        "3 dead letters open from shop: rule landing_has_delay does not hold: a landing has an arrival delay"
    )


@pytest.mark.parametrize("status", [each for each in FailureStatus if each is not FailureStatus.NEW])
def test_a_failure_that_somebody_knows_is_not_told(status: FailureStatus) -> None:
    assert Memory().look([failure(status=status)]) == []


def test_a_failure_of_which_its_flow_repairs_nothing_is_told_after_a_while() -> None:
    memory, waiting = Memory(), replace(failure(status=FailureStatus.KNOWN), has_flow=True, last_seen_ms=NOW_MS)
    assert memory.look([waiting], now_ms=waiting.first_seen_ms + 299_999) == []
    assert memory.look([waiting], now_ms=waiting.first_seen_ms + 300_000) == [BEGINS]
    saying = memory.told[0].saying
    assert saying is not None
    assert saying.measured.startswith("3 dead letters open from shop, and no flow has repaired one: schema: /amount")


FAILED = replace(failure(status=FailureStatus.KNOWN, first_ms=NOW_MS - 2 * HOUR_MS), has_flow=True, last_seen_ms=NOW_MS)


@pytest.mark.parametrize(
    "known",
    [
        replace(FAILED, replayed=1),
        replace(FAILED, is_marked=True),
        replace(FAILED, reason="held"),
        replace(FAILED, has_flow=False),
        replace(FAILED, last_seen_ms=NOW_MS - HOUR_MS),
    ],
    ids=["repaired before", "known to a person", "only waits", "no flow", "came long ago"],
)
def test_a_failure_that_is_known_for_another_cause_is_not_told_however_old_it_is(known: Failure) -> None:
    assert Memory().look([known]) == []


@pytest.mark.parametrize(
    ("over", "words"),
    [
        (failure(status=FailureStatus.RECOVERED, passed=3), "of 3 dead letters none is open: 3 whole again"),
        (
            failure(status=FailureStatus.RECOVERED, letters=5, passed=3, discarded=2),
            "of 5 dead letters none is open: 3 whole again, 2 discarded",
        ),
        (failure(status=FailureStatus.QUARANTINED, quarantined=3), "of 3 dead letters none is open: 3 quarantined"),
        (failure(status=FailureStatus.DISCARDED, discarded=3), "of 3 dead letters none is open: 3 discarded"),
        (
            failure(status=FailureStatus.KNOWN, returned=3),
            "of 3 dead letters none is open: 3 refused again, as dead letters of their own",
        ),
    ],
)
def test_a_failure_is_over_once_nothing_of_it_is_open(over: Failure, words: str) -> None:
    memory = Memory()
    memory.look([failure()])
    assert memory.look([over]) == [OVER]
    assert memory.look([over]) == []
    saying = memory.told[-1].saying
    assert saying is not None
    assert saying.measured.startswith(words)


def test_a_known_failure_is_over_once_nothing_new_came_for_an_hour() -> None:
    memory = Memory()
    memory.look([failure()])
    known = failure(status=FailureStatus.KNOWN)
    assert memory.look([known], now_ms=NOW_MS + 59 * MINUTE_MS) == []
    assert memory.look([known], now_ms=NOW_MS + 60 * MINUTE_MS) == [OVER]


def test_a_failure_that_nobody_knows_is_not_over_however_quiet_it_is() -> None:
    memory = Memory()
    memory.look([failure()])
    assert memory.look([failure()], now_ms=NOW_MS + 24 * HOUR_MS) == []


def test_a_failure_of_which_the_index_has_fewer_dead_letters_than_were_told_is_not_over() -> None:
    memory = Memory()
    memory.look([failure(letters=10)])
    assert memory.look([failure(letters=4, status=FailureStatus.DISCARDED, discarded=4)]) == []


def test_dead_letters_that_are_no_longer_kept_are_over() -> None:
    memory = Memory()
    memory.look([failure()])
    assert memory.look([failure()], now_ms=NOW_MS + 8 * 24 * HOUR_MS) == [OVER]


def test_dead_letters_past_their_retention_are_not_told_of() -> None:
    assert Memory().look([failure()], now_ms=NOW_MS + 8 * 24 * HOUR_MS) == []


def test_a_failure_that_comes_back_is_told_again_in_a_window_of_its_own() -> None:
    memory = Memory()
    memory.look([failure()])
    memory.look([failure(status=FailureStatus.DISCARDED, discarded=3)], now_ms=NOW_MS + MINUTE_MS)
    again = failure(letters=4, discarded=3, last_ms=NOW_MS + 2 * MINUTE_MS)
    assert memory.look([again], now_ms=NOW_MS + 2 * MINUTE_MS) == [BEGINS]
    first, _, second = memory.told
    assert second.alarm.since_ms > first.alarm.since_ms
    assert second.alarm.since_ms >= NOW_MS + MINUTE_MS


def test_a_failure_that_is_over_is_not_told_again_without_a_new_dead_letter() -> None:
    memory = Memory()
    memory.look([failure()])
    memory.look([failure(status=FailureStatus.DISCARDED, discarded=3)])
    assert memory.look([failure()]) == []


def test_a_producer_of_which_all_is_refused_is_told_once_and_its_failures_with_it() -> None:
    memory = Memory()
    failures = [failure("type", letters=15), failure("required", letters=10)]
    assert memory.look(failures, [rate(refused=25)]) == [(Kind.PRODUCER, True)]
    assert memory.look([*failures, failure("enum")], [rate(refused=26)]) == []
    saying = memory.told[0].saying
    assert saying is not None
    assert saying.measured.startswith("all 25 records of shop in 5 min are refused; 2 failures, told here alone: ")
    assert saying.first_steps[0] == "assay dead-letters list orders --producer=shop"


@given(
    st.one_of(st.text(max_size=40), st.sampled_from(["a`; rm -rf ~ `", "a'; id '", "x <y>", "http://a.b", "a$(id)"]))
)
def test_a_name_that_a_producer_gave_itself_is_one_word_of_a_command_however_it_is_shown(producer: str) -> None:
    memory = Memory()
    memory.look([failure(producer=producer)], [rate(refused=30, producer=producer)])
    for move in memory.told:
        for step in move.saying.first_steps if move.saying else ():
            words = shlex.split(plain(step))
            assert words[:2] == ["assay", "dead-letters"]
            assert len(words) == (5 if words[2] == "list" else 4)


def test_a_producer_with_a_valid_record_or_with_few_records_is_not_all_invalid() -> None:
    assert Memory().look([failure()], [rate(refused=25, valid=1)]) == [BEGINS]
    assert Memory().look([failure()], [rate(refused=19)]) == [BEGINS]


def test_a_producer_whose_only_failure_was_told_is_not_told_again() -> None:
    memory = Memory()
    assert memory.look([failure()], [rate(refused=5)]) == [BEGINS]
    assert memory.look([failure(letters=40)], [rate(refused=40)]) == []


def test_a_producer_that_breaks_long_after_a_failure_of_its_was_told_is_told() -> None:
    memory = Memory()
    memory.look([failure()])
    later_ms = NOW_MS + 30 * MINUTE_MS
    rates = [rate(valid=100, minutes_ago=-20), rate(refused=30, minutes_ago=-30)]
    assert memory.look([failure(), failure("enum")], rates, now_ms=later_ms) == [(Kind.PRODUCER, True)]


def test_a_producer_is_over_once_it_sends_valid_records_and_its_failures_are_settled() -> None:
    memory = Memory()
    memory.look([failure(letters=25)], [rate(refused=25)])
    now_ms, valid = NOW_MS + 10 * MINUTE_MS, [rate(valid=5, minutes_ago=-10)]
    assert memory.look([failure(letters=25)], valid, now_ms=now_ms) == []
    settled = failure(status=FailureStatus.RECOVERED, letters=25, passed=25)
    assert memory.look([settled], valid, now_ms=now_ms) == [(Kind.PRODUCER, False)]
    assert memory.firing == {}


def test_too_many_failures_at_once_are_told_together() -> None:
    memory = Memory()
    failures = [failure(f"rule_{number}", producer=f"app{number}") for number in range(40)]
    told = memory.look(failures)
    assert told.count(BEGINS) == Bounds().at_once
    assert told.count((Kind.MANY, True)) == 1
    assert len(told) == Bounds().at_once + 1
    assert memory.look([*failures, failure("one_more")]) == []
    settled = [failure(f"rule_{number}", FailureStatus.DISCARDED, producer=f"app{number}") for number in range(40)]
    over = memory.look([*settled, failure("one_more", FailureStatus.DISCARDED)])
    assert over.count(OVER) == Bounds().at_once
    assert over.count((Kind.MANY, False)) == 1


def test_replays_count_in_no_rate() -> None:
    rates = [rate(refused=200, producer="", topic="orders.raw.replay"), rate(refused=30, topic="orders.raw.replay")]
    assert Memory().look([failure()], rates) == [BEGINS]


def test_an_alarm_on_an_error_rate_that_was_told_before_is_over_once() -> None:
    memory = Memory()
    memory.held["errors/orders"] = Alarm("errors/orders", Kind.ERRORS, "orders", since_ms=NOW_MS - HOUR_MS)
    assert memory.look() == [(Kind.ERRORS, False)]
    assert memory.look() == []


STATUSES = st.sampled_from([*FailureStatus])
LOOKS = st.lists(
    st.tuples(
        st.lists(st.tuples(st.sampled_from(["type", "enum", "required"]), STATUSES, st.integers(1, 9)), max_size=3),
        st.tuples(st.integers(0, 60), st.integers(0, 60)),
        st.integers(1, 40),
    ),
    max_size=25,
)


@settings(max_examples=300, deadline=None)
@given(LOOKS)
def test_whatever_happens_each_alarm_fires_and_is_over_in_turns_and_ends_truly(
    looks: list[tuple[list[tuple[str, FailureStatus, int]], tuple[int, int], int]],
) -> None:
    memory, now_ms, letters = Memory(), NOW_MS, {"type": 0, "enum": 0, "required": 0}
    rates: list[Rate] = []
    for seen, (valid, refused), minutes in looks:
        now_ms += minutes * MINUTE_MS
        there = {}
        for rule, status, more in seen:
            letters[rule] += more
            is_open = status in (FailureStatus.NEW, FailureStatus.KNOWN, FailureStatus.RECOVERING)
            count = letters[rule]
            there[rule] = failure(rule, status, letters=count, open_letters=count if is_open else 0, last_ms=now_ms)
        minute_ms = now_ms - now_ms % MINUTE_MS
        rates += [Rate(minute_ms, "orders.raw.app", who, valid, refused) for who in ("", "shop")]
        before = len(memory.told)
        memory.look([*there.values()], rates, now_ms=now_ms)
        for move in memory.told[before:]:
            if move.alarm.kind is Kind.FAILURE and not move.alarm.is_firing:
                named = {failure_name(each.fingerprint): each for each in there.values()}
                assert move.alarm.name not in named or named[move.alarm.name].open == 0
            if move.alarm.kind is Kind.PRODUCER and not move.alarm.is_firing:
                assert not any(each.under == move.alarm.name for each in memory.firing.values())
    for name in {move.alarm.name for move in memory.told}:
        turns = [move.alarm for move in memory.told if move.alarm.name == name]
        assert [each.is_firing for each in turns] == [place % 2 == 0 for place in range(len(turns))]
        begins = [each.since_ms for each in turns if each.is_firing]
        assert begins == sorted(set(begins))
