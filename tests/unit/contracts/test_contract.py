"""What a loaded contract says: names, defaults, times."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.contracts import Contract, Field, Party, Topics, event_ms, record_fields
from assay.contracts.reading import read_field


def test_topics_have_names_by_default(orders: Contract, order_rows: Contract) -> None:
    assert orders.topics == Topics(
        raw_app="orders.raw.app",
        raw_cdc=None,
        raw_replay="orders.raw.replay",
        validated="orders.validated",
        dead_letters="orders.dead-letters",
        settled="orders.dead-letters.settled",
    )
    assert order_rows.topics.raw == ("orders.raw.cdc", "orders.raw.replay")


def test_topics_and_limits_can_be_named(changed_orders: Callable[..., Contract]) -> None:
    value = "raw: in, deadLetters: out, partitions: 6, maxRecordBytes: 2048, retention: {raw: P30D, deadLetters: PT12H}"
    contract = changed_orders(("kind: direct", value))
    assert contract.topics.all == ("in", "orders.raw.replay", "orders.validated", "out", "out.settled")
    assert (contract.partitions, contract.max_record_bytes) == (6, 2048)
    assert (contract.retention_h, contract.validated_retention_h, contract.dead_letters_retention_h) == (720, 168, 12)


def test_contract_names_its_people(orders: Contract) -> None:
    assert orders.owner == Party("orders", "#orders", kind="owner")
    assert orders.consumers == (Party("dwh", "#dwh", ("id", "amount"), "consumer"),)


def test_contract_names_its_time_and_key(orders: Contract) -> None:
    assert (orders.event_time, orders.timezone, orders.key) == ("at", "Europe/Berlin", ("id",))


def test_a_contract_says_how_it_travels(changed_orders: Callable[..., Contract]) -> None:
    contract = changed_orders(
        ("{kind: direct}", "{kind: direct, format: avro}"),
        ("customProperties:\n", "customProperties:\n  - {property: assay.dedup, value: PT90M}\n"),
    )
    assert (contract.form, contract.dedup_s, contract.record) == ("avro", 5400, "order")


def test_a_contract_says_nothing_of_form_duplicates_and_lateness_by_default(orders: Contract) -> None:
    assert (orders.form, orders.dedup_s, orders.on_late, orders.levels) == ("json", None, None, ())


@pytest.mark.parametrize(
    ("unit", "bound_ms"), [("ms", 90), ("s", 90_000), ("minutes", 5_400_000), ("d", 7_776_000_000)]
)
def test_lateness_is_a_bound_in_milliseconds(changed_orders: Callable[..., Contract], unit: str, bound_ms: int) -> None:
    named = "[{property: assay.onLate, value: dead-letter}]"
    level = f"{{property: latency, value: 90, unit: {unit}, element: order.at, customProperties: {named}}}"
    contract = changed_orders(("customProperties:\n", f"slaProperties: [{level}]\ncustomProperties:\n"))
    assert contract.on_late == ("dead-letter", bound_ms)


@pytest.mark.parametrize(
    ("level", "expected"),
    [
        ("property: errorRate, value: 1, unit: percent", (1.0, "PT5M")),
        ("property: ER, value: 0.02, unit: ratio", (2.0, "PT5M")),
        (
            'property: errorRate, value: 5, unit: "%", customProperties: [{property: assay.window, value: PT1H}]',
            (5.0, "PT1H"),
        ),
        ("property: errorRate, value: 1, unit: per mille", None),
        ("property: errorRate, value: 1, unit: percent, element: order.amount", None),
        ("property: latency, value: 1, unit: s", None),
    ],
)
def test_an_error_rate_is_a_share_over_a_window(
    changed_orders: Callable[..., Contract], level: str, expected: tuple[float, str] | None
) -> None:
    contract = changed_orders(("customProperties:\n", f"slaProperties: [{{{level}}}]\ncustomProperties:\n"))
    found = [(each.percent, each.window.text) for each in contract.levels if each.kind == "errorRate" and each.window]
    assert found == ([] if expected is None else [expected])


def test_columns_are_the_top_level_fields_in_order(orders: Contract) -> None:
    assert record_fields(orders)[:3] == (("id", "string"), ("at", "timestamp"), ("amount", "integer"))


def test_key_is_in_the_order_of_its_positions(flights: Contract) -> None:
    assert flights.key == ("carrier", "flight", "origin", "time_hour")


@given(
    st.datetimes(
        timezones=st.sampled_from([datetime.UTC, datetime.timezone(datetime.timedelta(hours=-5, minutes=-30))])
    )
)
def test_event_time_is_the_instant_that_python_reads(moment: datetime.datetime) -> None:
    moment = moment.replace(microsecond=moment.microsecond // 1000 * 1000)
    since = moment - datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
    assert event_ms(moment.isoformat()) == since // datetime.timedelta(milliseconds=1)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1970-01-01", 0),
        ("2013-01-01T10:00:00Z", 1357034400000),
        ("2016-12-31T23:59:60Z", 1483228800000),
        ("0000-01-01T00:00:00Z", -62167219200000),
    ],
)
def test_event_time_takes_what_the_judge_takes(text: str, expected: int) -> None:
    assert event_ms(text) == expected


def test_event_time_refuses_other_text() -> None:
    with pytest.raises(ValueError, match="expected an RFC 3339 timestamp or a date"):
        event_ms("yesterday")


@pytest.mark.parametrize(
    ("field", "is_classified"),
    [
        (Field("a", "string"), False),
        (Field("a", "string", classification="Public"), False),
        (Field("a", "string", classification="restricted"), True),
        (Field("a", "object", properties=(Field("b", "string", classification="4"),)), True),
        (Field("a", "array", items=Field("", "string", classification="confidential")), True),
    ],
)
def test_a_contract_is_classified_where_some_field_is_not_public(
    orders: Contract, field: Field, is_classified: bool
) -> None:
    assert dataclasses.replace(orders, fields=(*orders.fields, field)).is_classified is is_classified


def test_the_classification_of_a_property_is_read() -> None:
    assert read_field({"name": "email", "classification": "restricted"}).classification == "restricted"
