"""Which events enter, as what record, and why the others do not."""

from __future__ import annotations

import pytest

from assay.api.ingestion.v1 import ingestion_pb2 as pb
from assay.ingestion.door import Deferral, Door, Rejection, admit, sampled_parents
from assay.streaming.record import Outgoing

TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
DOORS = {
    "orders": Door("orders", "orders.raw.app", 1024),
    "planes": Door("planes", None, 1024),
    "paused": Door("paused", "paused.raw.app", 1024, "topic paused.raw.app isn't there"),
}


def rejection(event: pb.Event) -> Rejection:
    refused = admit(event, DOORS, 7)
    assert isinstance(refused, Rejection)
    return refused


def test_event_becomes_a_record_of_its_contract_at_its_arrival() -> None:
    event = pb.Event(event_id="e", contract="orders", key=b"k", value=b"{}", traceparent=TRACE)

    assert admit(event, DOORS, 7) == Outgoing(
        "orders.raw.app", None, b"k", b"{}", (("assay-event-id", b"e"), ("traceparent", TRACE.encode())), 7
    )


def test_malformed_json_enters_for_it_is_not_judged_here() -> None:
    assert isinstance(admit(pb.Event(contract="orders", value=b'{"id": '), DOORS, 7), Outgoing)


def test_event_without_key_id_and_trace_has_none_of_them() -> None:
    assert admit(pb.Event(contract="orders", value=b"1"), DOORS, 7) == Outgoing(
        "orders.raw.app", None, None, b"1", (), 7
    )


@pytest.mark.parametrize("traceparent", ["nonsense", TRACE + "x", TRACE.upper(), "01" + TRACE[2:], "00-\n"])
def test_trace_context_that_is_none_is_left_out(traceparent: str) -> None:
    record = admit(pb.Event(contract="orders", value=b"1", traceparent=traceparent), DOORS, 7)

    assert isinstance(record, Outgoing)
    assert record.headers == ()


def test_version_and_app_stand_in_headers() -> None:
    entered = admit(pb.Event(contract="orders", value=b"{}", version="1.1.0"), DOORS, 7, "shop")

    assert isinstance(entered, Outgoing)
    assert entered.headers == (("assay-version", b"1.1.0"), ("assay-producer", b"shop"))


def test_unknown_contract_is_told_what_to_do() -> None:
    refused = rejection(pb.Event(contract="oders", value=b"1"))

    assert refused.reason == "unknown_contract"
    assert "'oders'" in refused.message
    assert "assay contract apply" in refused.message


def test_contract_without_a_topic_for_apps_says_so() -> None:
    refused = rejection(pb.Event(contract="planes", value=b"1"))

    assert refused.reason == "unknown_contract"
    assert "raw.app" in refused.message


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        (pb.Event(contract="orders"), "malformed"),
        (pb.Event(contract="orders", value=b"x" * 1025), "too_large"),
        (pb.Event(contract="orders", value=b"1", key=b"k" * 40_000), "too_large"),
        (pb.Event(contract="orders", value=b"1", event_id="e" * 129), "malformed"),
        (pb.Event(contract="orders", value=b"1", version="1" * 65), "malformed"),
    ],
)
def test_event_that_can_never_enter_is_rejected(event: pb.Event, reason: str) -> None:
    assert rejection(event).reason == reason


def test_event_of_a_paused_contract_is_deferred_with_the_cause() -> None:
    assert admit(pb.Event(contract="paused", value=b"1"), DOORS, 7) == Deferral("topic paused.raw.app isn't there")


def test_links_go_to_each_sampled_trace_once_and_to_sixteen_at_most() -> None:
    events = [pb.Event(traceparent=f"00-{number // 2:032x}-{1:016x}-0{number % 2}") for number in range(100)]

    assert len(sampled_parents(events)) == 16
    assert len(set(sampled_parents(events + events))) == 16
    assert sampled_parents(events[:1]) == []
