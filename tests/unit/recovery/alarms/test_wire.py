"""What is published of alarms says all that is needed to go on after the store is lost."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from assay.api.alerts.v1 import alerts_pb2 as pb
from assay.recovery.alarms.alarm import Alarm, Kind, Saying, failure_name, fired, many_name, producer_name
from assay.recovery.alarms.wire import measurement, recalled

SAYING = Saying("every record keeps orders", "3 dead letters open", 3.0, "/amount", "late clock", ("show", "propose"))
ALARMS = [
    Alarm(failure_name("0123456789abcdef"), Kind.FAILURE, "orders"),
    Alarm("errors/orders", Kind.ERRORS, "orders"),
    Alarm(producer_name("orders", "shop/north"), Kind.PRODUCER, "orders", "shop/north"),
    Alarm(many_name("orders"), Kind.MANY, "orders"),
]


def test_a_measurement_holds_what_people_need() -> None:
    alarm = replace(ALARMS[0], since_ms=1_700_000_000_000)
    found = pb.Measurement.FromString(measurement(alarm, SAYING, "2.0.0", 1_700_000_005_000))
    assert found.fingerprint == "failure/0123456789abcdef"
    assert (found.contract, found.contract_version, found.promise) == ("orders", "2.0.0", "failure")
    assert (found.kind, found.state) == (pb.MEASUREMENT_KIND_INVALID_RECORDS, pb.BREACH_STATE_FIRING)
    assert found.window == "2023-11-14 22:13:20 UTC to 2023-11-14 22:13:25 UTC"
    assert (found.path, found.cause, list(found.first_steps)) == ("/amount", "late clock", ["show", "propose"])


@given(st.lists(st.tuples(st.sampled_from(ALARMS), st.integers(1, 100)), max_size=30), st.data())
def test_alarms_are_recalled_as_they_were_told_last_even_with_repeats(
    turns: list[tuple[Alarm, int]], data: st.DataObject
) -> None:
    held: dict[str, Alarm] = {}
    values: list[bytes] = []
    now_ms = 1_700_000_000_000
    for alarm, later_ms in turns:
        now_ms += later_ms
        before = held.get(alarm.name)
        if before is not None and before.is_firing:
            after = replace(before, is_firing=False, over_ms=now_ms)
        else:
            after = fired(before, alarm, now_ms, now_ms)
        held[alarm.name] = after
        values.append(measurement(after, SAYING, "1.0.0", now_ms))
    repeated = data.draw(st.lists(st.sampled_from(values), max_size=5)) if values else []
    found = recalled([*values, b"\xff", pb.Measurement(fingerprint="f1").SerializeToString(), *repeated])
    facts = {
        name: (each.kind, each.contract, each.producer, each.is_firing, each.since_ms) for name, each in held.items()
    }
    assert {
        name: (each.kind, each.contract, each.producer, each.is_firing, each.since_ms) for name, each in found.items()
    } == facts
    half = len(values) // 2
    assert recalled(values[half:], recalled(values[:half])) == recalled(values)
