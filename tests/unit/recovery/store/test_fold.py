"""What the index says of failures, whatever is folded first."""

from __future__ import annotations

import pytest

from assay.api.recovery.v1 import recovery_pb2 as pb
from assay.recovery.status import FailureStatus
from assay.recovery.store import failure_rows
from assay.recovery.store.account import MAX_HOURS, MAX_SAMPLES
from assay.streaming import Record, headers
from tests.unit.recovery.store.projection import projection
from tests.unit.recovery.store.topics import HOUR_MS, NOW_MS, failure_of, letter, pane, replay, settlement

FAILURE = failure_of(letter(0))


async def test_dead_letters_that_failed_alike_are_one_failure() -> None:
    async with projection() as index:
        await index.take([letter(0, at_ms=NOW_MS), letter(1, at_ms=NOW_MS + 5)], [letter(0, partition=1)])
        found = await index.one()
    assert (found.dead_letters, found.open, found.status) == (3, 3, FailureStatus.NEW)
    assert (found.contract, found.reason, found.path, found.rule) == ("orders", "schema", "/amount", "type")
    assert (found.first_seen_ms, found.last_seen_ms) == (NOW_MS, NOW_MS + 5)


async def test_dead_letters_of_another_rule_or_producer_are_another_failure() -> None:
    async with projection() as index:
        await index.take([letter(0), letter(1, "required"), letter(2, producer="till")])
        found = await index.failures()
    assert {(each.rule, each.producer) for each in found.values()} == {("type", ""), ("required", ""), ("type", "till")}


async def test_a_replayed_letter_is_open_no_more_and_awaits_its_verdict() -> None:
    async with projection() as index:
        await index.take([letter(0), letter(1)], [settlement(0, 0, FAILURE)], [replay(0, 0, FAILURE)])
        found = await index.one()
    assert (found.open, found.replayed, found.awaiting, found.status) == (1, 1, 1, FailureStatus.RECOVERING)


async def test_a_replay_that_validation_went_past_and_that_did_not_come_back_has_passed() -> None:
    async with projection() as index:
        await index.take([letter(0)], [settlement(0, 0, FAILURE)], [replay(0, 0, FAILURE)], [pane(0, 1)])
        found = await index.one()
    assert (found.passed, found.returned, found.awaiting, found.status) == (1, 0, 0, FailureStatus.RECOVERED)


async def test_a_replay_that_came_back_has_not_passed_and_is_a_dead_letter_again() -> None:
    async with projection() as index:
        await index.take([letter(0)], [settlement(0, 0, FAILURE)], [replay(0, 0, FAILURE)], [pane(0, 1)])
        await index.take([letter(1, origin=0, failure=FAILURE)])
        found = await index.one()
    assert (found.dead_letters, found.open, found.passed, found.returned) == (2, 1, 0, 1)


async def test_a_replay_that_failed_otherwise_is_counted_at_both() -> None:
    async with projection() as index:
        await index.take([letter(0)], [settlement(0, 0, FAILURE)], [replay(0, 0, FAILURE)], [pane(0, 1)])
        await index.take([letter(1, "required", origin=0, failure=FAILURE)])
        found = await index.failures()
    assert (found[FAILURE].returned, found[FAILURE].passed, found[FAILURE].open) == (1, 0, 0)
    assert "came back" in found[FAILURE].explanation
    assert found[failure_of(letter(1, "required"))].open == 1


@pytest.mark.parametrize(
    ("outcome", "status"),
    [
        (pb.OUTCOME_DISCARDED, FailureStatus.DISCARDED),
        (pb.OUTCOME_QUARANTINED, FailureStatus.QUARANTINED),
    ],
)
async def test_a_letter_that_was_given_up_has_the_status_of_how(
    outcome: pb.Outcome.ValueType, status: FailureStatus
) -> None:
    async with projection() as index:
        await index.take([letter(0)], [settlement(0, 0, FAILURE, outcome)])
        found = await index.one()
    assert (found.open, found.status) == (0, status)
    assert found.explanation


async def test_a_second_settlement_of_a_letter_changes_nothing() -> None:
    async with projection() as index:
        await index.take([letter(0), letter(1)])
        await index.take([settlement(0, 0, FAILURE), settlement(1, 0, FAILURE, pb.OUTCOME_DISCARDED)])
        await index.take([settlement(2, 0, FAILURE)])
        found = await index.one()
    assert (found.replayed, found.discarded, found.open) == (1, 0, 1)


async def test_settlements_of_letters_that_the_log_no_longer_holds_are_not_counted() -> None:
    async with projection() as index:
        settled = [settlement(at, at, FAILURE) for at in range(10)]
        await index.take(settled, [replay(at, at, FAILURE) for at in range(10)], [pane(0, 10)])
        await index.take([letter(offset) for offset in range(8, 12)])
        found = await index.one()
        assert await index.settled() == set(range(10))
    assert (found.dead_letters, found.replayed, found.passed, found.open) == (4, 2, 2, 2)


async def test_a_settlement_of_before_they_named_failures_counts_where_it_comes_first() -> None:
    async with projection() as index:
        await index.take([settlement(0, 0)], [letter(0), letter(1)])
        found = await index.one()
    assert (found.replayed, found.open) == (1, 1)


async def test_the_newest_letters_are_the_samples() -> None:
    async with projection() as index:
        trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
        newest = letter(99, at_ms=NOW_MS + 1_000, version="1.2.0", seal="k1/00")
        newest = newest._replace(headers=(*newest.headers, (headers.TRACEPARENT, trace.encode())))
        await index.take([newest], [letter(n, partition=1, at_ms=NOW_MS + n) for n in range(50)])
        found = await index.one()
    first = found.samples[0]
    assert (first.place, first.trace_id, first.is_sealed) == ("orders.dead-letters/0/99", trace[3:35], True)
    assert (found.producer_version, found.sealed) == ("1.2.0", 1)
    assert [each.offset for each in found.samples[1:]] == [*range(49, 50 - MAX_SAMPLES, -1)]


async def test_letters_are_counted_by_hour_of_first_arrival() -> None:
    async with projection() as index:
        await index.take([letter(0), letter(1), letter(2, arrived_ms=NOW_MS - HOUR_MS)])
        found = await index.one()
    assert [each.dead_letters for each in found.hours] == [1, 2]
    assert found.rate_per_min == 2 / 60


async def test_hours_of_arrivals_over_years_are_bounded() -> None:
    async with projection() as index:
        await index.take([letter(n, at_ms=n * HOUR_MS) for n in range(MAX_HOURS + 100)])
        found = await index.one()
    assert len(found.hours) == MAX_HOURS
    assert found.hours[-1].start_ms == (MAX_HOURS + 99) * HOUR_MS


async def test_a_failure_beyond_the_most_falls_into_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(failure_rows, "MAX_FAILURES", 2)
    letters = [letter(n, f"rule{n}") for n in range(5)]
    async with projection() as index:
        await index.take(letters[:2], letters[2:], [letter(9, "rule0")])
        await index.take([settlement(n, n, failure_of(each)) for n, each in enumerate(letters)])
        found = await index.failures()
    rest = next(each for each in found.values() if each.is_rest)
    assert (rest.dead_letters, rest.replayed, rest.rule, rest.path) == (3, 3, "", "")
    assert "more than" in rest.explanation
    assert len(found) == 3
    assert sum(each.dead_letters for each in found.values()) == 6


@pytest.mark.parametrize(
    "record",
    [
        letter(0)._replace(headers=()),
        letter(0, attempt="many"),
        letter(0, arrived=""),
        letter(0, order="9" * 30),
        letter(0, violations="\xff"),
        letter(0, source="here"),
    ],
)
async def test_what_validation_did_not_write_is_no_dead_letter(record: Record) -> None:
    async with projection() as index:
        await index.take([record, letter(1)])
        assert (await index.one()).dead_letters == 1


async def test_words_of_a_producer_that_no_database_keeps_are_kept_as_far_as_they_can_be() -> None:
    async with projection() as index:
        await index.take([letter(0, producer="a\0b", version="\0" * 500)])
        found = await index.one()
    assert found.producer == "a\N{REPLACEMENT CHARACTER}b"
    assert "\0" not in found.producer_version


@pytest.mark.parametrize("value", [b"\xff\xff", None, b""])
async def test_a_record_that_can_not_be_read_stops_no_topic(value: bytes | None) -> None:
    async with projection() as index:
        await index.take([letter(0)])
        await index.take(
            [settlement(0, 0)._replace(value=value, key=b"elsewhere/1/2")], [pane(0, 1)._replace(value=value)]
        )
        await index.take([replay(0, 0, "not a fingerprint"), replay(1, 0, FAILURE)._replace(headers=())])
        assert (await index.one()).open == 1
