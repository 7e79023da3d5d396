from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.alerts.breaches import Breach, Kind, Measurement
from assay.alerts.errors import MalformedMeasurementError
from assay.alerts.wire import read_measurement, write_breach, write_measurement
from assay.api.alerts.v1 import alerts_pb2

Day = Callable[..., Measurement]


def test_measurement_survives_the_wire(day: Day) -> None:
    assert read_measurement(write_measurement(day(8)).SerializeToString()) == day(8)


def test_what_is_known_of_invalid_records_survives_the_wire(day: Day) -> None:
    measurement = replace(
        day(8), kind=Kind.INVALID_RECORDS, path="/a", cause="late clock", first_steps=("show", "propose")
    )
    assert read_measurement(write_measurement(measurement).SerializeToString()) == measurement


def test_a_measurement_of_before_there_were_kinds_is_about_a_promise(day: Day) -> None:
    message = write_measurement(day(8))
    message.ClearField("kind")
    assert read_measurement(message.SerializeToString()).kind is Kind.PROMISE


def test_open_breach_has_no_resolution_on_the_wire(day: Day) -> None:
    assert not write_breach(Breach(fired=day(8), latest=day(9))).HasField("resolved")


@pytest.mark.parametrize(
    "missing",
    [
        {"fingerprint": ""},
        {"contract": ""},
        {"promise": ""},
        {"state": alerts_pb2.BREACH_STATE_UNSPECIFIED},
        {"state": 9},
        {"window_end_ms": 0},
    ],
)
def test_measurement_without_what_identifies_it_is_malformed(day: Day, missing: dict[str, str | int]) -> None:
    message = write_measurement(day(8))
    for name, value in missing.items():
        setattr(message, name, value)
    with pytest.raises(MalformedMeasurementError):
        read_measurement(message.SerializeToString())


@given(st.binary(max_size=200))
def test_no_bytes_break_the_reader(value: bytes) -> None:
    with contextlib.suppress(MalformedMeasurementError):
        read_measurement(value)
