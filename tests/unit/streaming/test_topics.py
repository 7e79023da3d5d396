"""What topics a contract asks for, and what is said of those that differ."""

from __future__ import annotations

from assay.contracts import load
from assay.streaming import TopicSpec, specs_of
from assay.streaming.topics import HEADROOM_BYTES, differences
from assay.testkit.builders import contract_text

SPEC = TopicSpec("orders.validated", 3, max_message_bytes=2_000_000)
CONFIG = {"max.message.bytes": "2000000", "message.timestamp.type": "CreateTime", "cleanup.policy": "delete"}


def test_a_direct_contract_has_five_topics_with_one_partition_count() -> None:
    specs = specs_of(load(contract_text("orders", partitions=4)))
    assert [spec.name for spec in specs] == [
        "orders.raw.app",
        "orders.raw.replay",
        "orders.validated",
        "orders.dead-letters",
        "orders.dead-letters.settled",
    ]
    assert {spec.partitions for spec in specs} == {4}


def test_validated_and_dead_letters_take_what_raw_takes_and_the_headers_added() -> None:
    specs = {spec.name: spec for spec in specs_of(load(contract_text("orders")))}
    raw = specs["orders.raw.app"].max_message_bytes
    assert specs["orders.validated"].max_message_bytes == raw + HEADROOM_BYTES
    assert specs["orders.dead-letters"].max_message_bytes == raw + HEADROOM_BYTES


def test_only_settlements_are_compacted() -> None:
    compacted = [spec.name for spec in specs_of(load(contract_text("orders"))) if spec.compacted]
    assert compacted == ["orders.dead-letters.settled"]


def test_a_topic_as_specified_has_no_differences() -> None:
    assert differences(SPEC, 3, CONFIG) == []
    assert differences(SPEC, 3, CONFIG | {"max.message.bytes": "9000000"}) == []


def test_each_difference_names_the_topic_and_both_values() -> None:
    found = differences(SPEC, 6, {"max.message.bytes": "1000", "message.timestamp.type": "LogAppendTime"})
    assert found == [
        "topic orders.validated has 6 partitions, its contract says 3",
        (
            "topic orders.validated takes records of 1000 bytes, needed are 2000000; set max.message.bytes, or a smaller"
            " maxRecordBytes in the contract"
        ),
        "topic orders.validated overwrites arrival timestamps; set message.timestamp.type=CreateTime",
    ]


def test_a_topic_that_keeps_records_too_short_is_told() -> None:
    short = str(SPEC.retention_ms - 1)
    assert differences(SPEC, 3, CONFIG | {"retention.ms": short}) == [
        f"topic orders.validated keeps records for {short} ms, needed are {SPEC.retention_ms}; set retention.ms"
    ]
    assert differences(SPEC, 3, CONFIG | {"retention.ms": "-1"}) == []


def test_a_topic_that_refuses_records_by_their_age_is_told() -> None:
    found = differences(SPEC, 3, CONFIG | {"message.timestamp.after.max.ms": "3600000"})
    assert found == [
        f"topic orders.validated refuses records by their age; set message.timestamp.after.max.ms={2**63 - 1}"
    ]


def test_a_topic_made_as_specified_has_no_differences() -> None:
    for spec in specs_of(load(contract_text("orders"))):
        assert differences(spec, spec.partitions, spec.config()) == []
