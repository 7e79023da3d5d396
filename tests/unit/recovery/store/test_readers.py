"""What is read of the store: filters, rates, and what was forgotten."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from assay.api.recovery.v1 import recovery_pb2 as pb
from assay.api.recovery.v1 import run_pb2
from assay.api.validation.v1.pane_pb2 import PaneProducer
from assay.contracts import load
from assay.recovery.status import FailureStatus
from assay.recovery.store import LEDGER, Alerting, Failures, Known, Left, Runs, SettledOffsets, prepare, prune
from assay.recovery.store.panes import MAX_PRODUCERS, RATES_MS
from assay.streaming import Record, ledger
from assay.testkit.builders import contract_text
from tests.unit.recovery.store.projection import projection
from tests.unit.recovery.store.topics import (
    CONTRACT,
    HOUR_MS,
    NOW_MS,
    action,
    failure_of,
    letter,
    pane,
    replay,
    run,
    settlement,
)

FAILURE = failure_of(letter(0))
RETENTION_MS = CONTRACT.dead_letters_retention_h * HOUR_MS
FLOWS = b"""
  - property: assay.recovery
    value:
      flows:
        - id: amount_as_text
          when: {reason: schema, path: /amount, rule: type}
          steps: [{cast: {amount: integer}}]
team:"""


@pytest.mark.parametrize(
    ("asked", "rules"),
    [
        ({}, {"type", "required", "maximum"}),
        ({"contract": "orders"}, {"type", "required", "maximum"}),
        ({"contract": "others"}, set()),
        ({"reason": "schema"}, {"type", "required", "maximum"}),
        ({"reason": "late"}, set()),
        ({"path": "/amount"}, {"type", "required", "maximum"}),
        ({"path": "/am"}, set()),
        ({"path": "/AMOUNT"}, set()),
        ({"producer": "till"}, {"required"}),
        ({"since_ms": NOW_MS + HOUR_MS}, {"maximum"}),
        ({"until_ms": NOW_MS + HOUR_MS}, {"type", "required"}),
        ({"statuses": [FailureStatus.DISCARDED]}, {"type"}),
        ({"statuses": [FailureStatus.NEW, FailureStatus.DISCARDED]}, {"type", "required", "maximum"}),
    ],
)
async def test_a_filter_leaves_what_it_names(asked: dict[str, object], rules: set[str]) -> None:
    async with projection() as index:
        later = letter(2, "maximum", at_ms=NOW_MS + HOUR_MS)
        await index.take([letter(0), letter(1, "required", producer="till"), later])
        await index.take([settlement(0, 0, FAILURE, pb.OUTCOME_DISCARDED)])
        found, omitted = await Failures(index.database, index.known).list(**asked)  # type: ignore[arg-type]  # by name
    assert {each.rule for each in found} == rules
    assert omitted == 0


async def test_the_largest_come_first_and_the_others_are_counted() -> None:
    async with projection() as index:
        await index.take([letter(0), letter(1, "required"), letter(2, "required"), letter(3, "maximum")])
        found, omitted = await Failures(index.database, index.known).list(limit=1)
    assert ([each.rule for each in found], omitted) == (["required"], 2)


@pytest.mark.parametrize("prefix", ["", "zz", "%", "_" * 16])
async def test_a_beginning_that_is_none_finds_nothing(prefix: str) -> None:
    async with projection() as index:
        await index.take([letter(0)])
        assert await Failures(index.database, index.known).one(prefix) is None


async def test_a_beginning_that_two_share_finds_neither() -> None:
    async with projection() as index:
        await index.take([letter(n, f"rule{n}") for n in range(40)])
        failures = Failures(index.database, index.known)
        names = [each.fingerprint for each in (await failures.list())[0]]
        shared = next(name[0] for name in names if sum(other[0] == name[0] for other in names) > 1)
        assert await failures.one(shared) is None
        found = await failures.one(names[0])
    assert found is not None
    assert found.fingerprint == names[0]


async def test_a_failure_that_a_flow_is_for_is_known_and_one_without_is_explained() -> None:
    async with projection() as index:
        await index.take([letter(0), letter(1, "required")])
        index.known.seat(load(contract_text("orders").replace(b"\nteam:", FLOWS, 1)))
        found = await index.failures()
    one, other = (found[failure_of(letter(0, rule))] for rule in ("type", "required"))
    assert (one.status, one.explanation) == (FailureStatus.KNOWN, "")
    assert (other.status, other.explanation) == (FailureStatus.NEW, "no flow is for schema at /amount")


async def test_sealed_letters_say_that_nobody_here_can_open_them() -> None:
    async with projection() as index:
        index.known = Known(opens_sealed=False)
        index.known.seat(load(contract_text("orders").replace(b"\nteam:", FLOWS, 1)))
        await index.take([letter(0, seal="k1/00")])
        assert "it is sealed" in (await index.one()).explanation


async def test_what_was_found_when_they_were_tried_explains_those_that_stay() -> None:
    async with projection() as index:
        await index.take([letter(0), letter(1)])
        left = Left(index.database)
        await left.add("orders.dead-letters", 0, {FAILURE: {"not a number": 1}})
        await left.add("orders.dead-letters", 0, {FAILURE: {"not a number": 1, "no such field": 1}})
        assert (await index.one()).explanation == "not a number (2); no such field (1)"
        await left.clear("orders.dead-letters", 0)
        assert (await index.one()).explanation == "no flow is for schema at /amount"


async def test_rates_are_counted_by_minute_topic_and_producer() -> None:
    async with projection() as index:
        tills = [PaneProducer(producer="till", valid=1, refused=4)]
        first = pane(0, 9, topic="orders.raw.app", valid=5, refused=4, producers=tills)
        later = pane(1, 12, topic="orders.raw.app", valid=3, at_ms=NOW_MS + 60_000)
        await index.take([first, first._replace(offset=1)], [later], [pane(2, 12, topic="orders.raw.app")])
        rates = await Failures(index.database, index.known).rates("orders", NOW_MS)
    assert [(each.producer, each.valid, each.refused) for each in rates] == [("", 10, 8), ("till", 2, 8), ("", 3, 0)]


async def test_producers_beyond_those_that_a_minute_takes_are_counted_with_all_alone() -> None:
    def panes(first: int) -> list[Record]:
        names = [f"app{number}" for number in range(first, first + MAX_PRODUCERS)]
        producers = [PaneProducer(producer=name, valid=1, refused=int(name == names[-1])) for name in names]
        return [pane(first, first + 1, valid=MAX_PRODUCERS - 1, refused=1, producers=producers)]

    async with projection() as index:
        await index.take(panes(10), panes(0))
        rates = await Failures(index.database, index.known).rates("orders", NOW_MS)
    counted = {each.producer: each.valid + each.refused for each in rates}
    assert counted.pop("") == 2 * MAX_PRODUCERS
    assert (len(counted), "app9" in counted) == (MAX_PRODUCERS, False)


async def test_rates_of_long_ago_are_not_kept() -> None:
    async with projection() as index:
        await index.take([pane(0, 9, valid=5, at_ms=NOW_MS - RATES_MS - 1)], [pane(1, 9, valid=5)])
        failures = Failures(index.database, index.known)
        assert len(await failures.rates("orders", 0)) == 1
        await prune(index.database, CONTRACT, NOW_MS + 2 * RATES_MS)
        assert await failures.rates("orders", 0) == []


async def test_a_failure_is_forgotten_when_the_log_has_none_of_it_any_more() -> None:
    async with projection() as index:
        await index.take([letter(0), letter(1, "required", at_ms=NOW_MS + 1)])
        assert await prune(index.database, CONTRACT, NOW_MS + RETENTION_MS) == 0
        assert await prune(index.database, CONTRACT, NOW_MS + RETENTION_MS + 1) == 1
        assert (await index.one()).rule == "required"
        await index.take([settlement(0, 0, FAILURE)])
        assert (await index.one()).rule == "required"


async def test_a_failure_that_people_are_alerted_of_is_kept() -> None:
    async with projection() as index:
        alerting = Alerting(index.database)
        await index.take([letter(0)])
        await alerting.begin(FAILURE, "a field was renamed", NOW_MS)
        assert await prune(index.database, CONTRACT, NOW_MS + 2 * RETENTION_MS) == 0
        found = await index.one()
        assert (found.is_alerting, found.cause) == (True, "a field was renamed")
        await alerting.end(FAILURE)
        assert await prune(index.database, CONTRACT, NOW_MS + 2 * RETENTION_MS) == 1


async def test_replays_that_nobody_judged_are_forgotten_in_the_end() -> None:
    async with projection() as index:
        await index.take([replay(0, 0, FAILURE)])
        await prune(index.database, CONTRACT, NOW_MS + RETENTION_MS + 1)
        await index.take([letter(0)], [pane(0, 1)], [settlement(0, 0, FAILURE)])
        assert (await index.one()).passed == 0


async def test_a_record_to_resubmit_is_kept_no_longer_than_its_run() -> None:
    async with projection() as index:
        runs = Runs(index.database)
        await index.take([action(0, "r1/started", started=run("r1"))])
        await runs.keep_value("r1", b"sealed")
        await prune(index.database, CONTRACT, NOW_MS)
        assert await runs.value("r1") == b"sealed"
        await index.take([action(1, "c", changed=run_pb2.RunChanged(run="r1", change=run_pb2.RUN_CHANGE_CANCEL))])
        await prune(index.database, CONTRACT, NOW_MS)
        assert await runs.value("r1") is None


async def test_settled_offsets_come_with_where_to_read_on() -> None:
    async with projection() as index:
        settled = SettledOffsets(index.database)
        assert await settled.read("orders.dead-letters", 0) == (None, {})
        await index.take([settlement(4, 3, FAILURE), settlement(5, 70_001, FAILURE, pb.OUTCOME_DISCARDED)])
        next_offset, blocks = await settled.read("orders.dead-letters", 0)
    assert (next_offset, set(blocks)) == (6, {0, 1})
    assert (blocks[0][0], {len(block) for block in blocks.values()}) == (1 << 3, {8_192})
    assert blocks[1][(70_001 - 65_536) // 8] == 1 << (70_001 % 8)


@pytest.mark.parametrize("before", ["CREATE TABLE dead_letters (source TEXT)", "UPDATE recovery_schema SET number = 0"])
def test_a_store_of_another_schema_begins_anew_with_its_positions(before: str) -> None:
    engine = sa.create_engine("sqlite://", poolclass=sa.StaticPool)
    with engine.begin() as connection:
        if before.startswith("UPDATE"):
            prepare(connection)
            connection.exec_driver_sql("CREATE TABLE recovery_index_old (a TEXT)")
            connection.exec_driver_sql("INSERT INTO recovery_alerting VALUES ('f', 1, '')")
        ledger.TABLES.create_all(connection)
        rows = [{"ledger": name, "topic": "t", "partition": 0, "next_offset": 5} for name in (LEDGER, "another")]
        connection.execute(sa.insert(ledger.POSITIONS), rows)
        connection.exec_driver_sql(before)
        prepare(connection)
        assert connection.scalars(sa.select(ledger.POSITIONS.c.ledger)).all() == ["another"]
        names = sa.inspect(connection).get_table_names()
        assert not {"dead_letters", "recovery_index_old"} & set(names)
        assert "recovery_index_failures" in names
        kept = connection.exec_driver_sql("SELECT count(*) FROM recovery_alerting").scalar()
        assert kept == before.startswith("UPDATE")
    engine.dispose()


async def test_a_store_of_this_schema_is_left_as_it_is() -> None:
    async with projection() as index:
        await index.take([letter(0)])
        await index.database.run(prepare)
        assert (await index.one()).dead_letters == 1
