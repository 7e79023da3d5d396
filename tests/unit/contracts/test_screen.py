"""The first tier of the judge: what it accepts in a batch, what it leaves to the second, and which engine it trusts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import orjson
import pytest

from assay.contracts import Contract, Judge, Reason, Rule, json_schema
from assay.contracts.forms import Engine, fast
from assay.contracts.judge import NO_ROW

GOOD = {"id": "a", "at": "2013-01-01T10:00:00.125+01:00", "amount": 1, "note": "x"}
AT_MS = 1357030800125
Changed = Callable[..., Contract]


def dumped(**changes: object) -> bytes:
    return orjson.dumps(GOOD | changes)


@pytest.fixture
def late_orders(orders: Contract) -> Contract:
    return replace(orders, on_late=("dead-letter", 10_000))


def test_batch_keeps_its_order_and_leaves_the_refused_to_explain(orders: Contract) -> None:
    rows = [dumped(), b"{", b"null", dumped(amount="1"), dumped(state="PAID", amount=0), dumped(), b"x" * 2_000_000]
    judged = Judge(orders).screen(rows)
    assert [each is not None for each in judged] == [True, False, False, False, False, True, False]


def test_accepted_record_tells_its_event_time_and_which_promised_fields_are_missing(orders: Contract) -> None:
    judge = Judge(orders)
    assert judge.promised == ("note",)
    there, null, absent = judge.screen(
        [dumped(), dumped(note=None), orjson.dumps({name: each for name, each in GOOD.items() if name != "note"})]
    )
    assert there is not None
    assert (there.event_ms, there.marks) == (AT_MS, 0)
    assert (null and null.marks, absent and absent.marks) == (1, 1)


def test_both_tiers_tell_the_same_of_a_record(orders: Contract) -> None:
    judge = Judge(orders)
    rows = [dumped(), dumped(note=None), dumped(at="2016-12-31T23:59:60Z"), dumped(at="0000-01-01T00:00:00Z")]
    assert judge.screen(rows) == [judge.explain(row) for row in rows]


def test_rule_that_reads_no_field_is_held_against_every_record(orders: Contract) -> None:
    judge = Judge(replace(orders, event_time=None, promises=(), rules=(Rule("never", "1 > 2"),)))
    assert judge.screen([dumped()]) == [None]
    assert judge.explain(dumped()).verdict.reason is Reason.RULE


def test_record_is_late_by_its_own_event_time_and_arrival(late_orders: Contract) -> None:
    judge, bound_ms = Judge(late_orders), 10_000
    in_time, late = judge.screen([dumped(), dumped()], [AT_MS + bound_ms, AT_MS + bound_ms + 1])
    assert in_time is not None
    assert late is None
    verdict = judge.explain(dumped(), AT_MS + bound_ms + 1).verdict
    assert verdict.reason is Reason.LATE
    assert str(verdict.violations[0]) == "/at: late: expected at most 10 s before it arrives, found more"


def test_record_whose_arrival_is_unknown_is_not_late(late_orders: Contract) -> None:
    assert Judge(late_orders).judge(dumped()).accepted


def test_day_of_an_event_begins_at_midnight_in_the_zone_of_the_contract(changed_orders: Changed) -> None:
    contract = changed_orders(("name: at, logicalType: timestamp", "name: at, logicalType: date"))
    judged = Judge(contract).screen([dumped(at="2013-07-01")])[0]
    assert judged is not None
    assert judged.event_ms == 1372629600000


def test_changes_are_screened_by_their_rows(order_rows: Contract) -> None:
    row = {"id": "a", "at": "2013-01-01T10:00:00Z", "amount": 1}
    rows = [
        orjson.dumps({"op": "c", "before": None, "after": row}),
        None,
        orjson.dumps({"op": "d", "before": {"id": "a"}, "after": None}),
        orjson.dumps({"op": "u", "before": None, "after": row | {"amount": "1"}}),
        orjson.dumps({"op": "t"}),
        orjson.dumps({"op": "x"}),
    ]
    judge = Judge(order_rows)
    assert [each is not None for each in judge.screen(rows)] == [True, True, True, False, True, False]
    assert [judge.explain(row).verdict.accepted for row in rows] == [True, True, True, False, True, False]


def test_value_that_the_source_did_not_send_is_not_missing(order_rows: Contract) -> None:
    row = {"id": "a", "at": "2013-01-01T10:00:00Z", "amount": 1, "note": "__debezium_unavailable_value"}
    judged = Judge(order_rows).explain(orjson.dumps({"op": "u", "after": row}))
    assert (judged.verdict.accepted, judged.marks) == (True, 0)


def test_engine_that_raises_does_not_keep_the_others_of_its_batch(
    orders: Contract, monkeypatch: pytest.MonkeyPatch
) -> None:
    judge = Judge(orders)
    look = judge._form.look

    def raising(rows: list[bytes]) -> list[dict[str, object]]:
        if any(b"poison" in row for row in rows):
            raise RuntimeError
        return look(rows)

    monkeypatch.setattr(judge._form, "look", raising)
    judged = judge.screen([dumped(), dumped(note="poison"), dumped()])
    assert [each is not None for each in judged] == [True, False, True]
    assert judge.explain(dumped(note="poison")).verdict.reason is Reason.ENGINE


def test_engine_that_accepts_what_the_contract_refuses_may_not_screen(
    orders: Contract, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fast, "_engines", lambda _: [Engine("blind", lambda _: True)])
    engine = fast.fastest.__wrapped__(orjson.dumps(json_schema(orders)))
    assert engine.name == "jsonschema-rs"
    assert engine.refused[0].startswith("blind accepts ")


def test_judge_screens_without_the_optional_engine(orders: Contract, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fast, "_corvus", lambda: None)
    engine = fast.fastest.__wrapped__(orjson.dumps(json_schema(orders)))
    assert engine.name == "jsonschema-rs"
    assert fast.accepted(engine.accept, [dumped(), b"{", dumped(amount="1")]) == [True, False, False]


def test_judge_names_its_engine(orders: Contract) -> None:
    engine = Judge(orders).engine
    assert engine is not None
    assert engine.refused == ()


def test_row_is_read_whole(orders: Contract) -> None:
    assert Judge(orders).read(dumped()) == GOOD


def test_rules_of_a_batch_see_values_as_those_of_one_record_do(orders: Contract) -> None:
    fields = tuple(
        replace(each, type="number", options={}) if each.name == "amount" else each for each in orders.fields
    )
    rules = (Rule("doubled", "amount * 2.0 == 4.0"),)
    judge = Judge(replace(orders, fields=fields, rules=rules, promises=(), event_time=None))
    rows = [dumped(amount=2), dumped(amount=2.0), dumped(amount=3)]

    assert [each is not None for each in judge.screen(rows)] == [True, True, False]
    assert [judge.explain(row).verdict.accepted for row in rows] == [True, True, False]


def test_a_record_that_came_too_late_for_its_window_is_accepted_and_states_no_row_there(orders: Contract) -> None:
    judge = Judge(replace(orders, on_late=("drop-from-window", 10_000)))
    for row in (dumped(), dumped(note=None)):
        judged = judge.explain(row, AT_MS + 10_001)
        assert (judged.verdict.accepted, judged.event_ms, judged.marks) == (True, AT_MS, NO_ROW)
        assert judge.screen([row], [AT_MS + 10_001]) == [judged]
    assert judge.explain(dumped(note=None), AT_MS + 10_000).marks == 1


def test_a_record_that_is_refused_for_being_late_says_when_it_happened(late_orders: Contract) -> None:
    judged = Judge(late_orders).explain(dumped(), AT_MS + 10_001)
    assert (judged.verdict.reason, judged.event_ms) == (Reason.LATE, AT_MS)
