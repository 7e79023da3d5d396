"""What a call asks of a run is checked before anything is written."""

from __future__ import annotations

import json
from contextlib import nullcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.api.recovery.v1 import recovery_pb2 as pb
from assay.api.recovery.v1 import run_pb2
from assay.contracts import load
from assay.recovery import orders
from assay.recovery.errors import (
    FlowUnknownError,
    KeysMissingError,
    ReasonMissingError,
    RequestError,
    RunEndedError,
    ValueRefusedError,
)
from assay.recovery.kept_value import hidden, revealed
from assay.recovery.letter import read
from assay.recovery.run import Run, RunKind, RunState
from assay.recovery.selection import Selection
from assay.recovery.wire import fitting, limit_of, selection_message, selection_of
from assay.runtime.caller import Actor
from assay.streaming.errors import SealError
from assay.testkit.builders import contract_text
from tests.unit.recovery.dead import KEYS, contract_of, record_of

CONTRACT = contract_of({"name": "amount", "logicalType": "integer"})
CLASSIFIED = load(contract_text("orders").replace(b"{name: amount,", b"{name: amount, classification: restricted,"))
LETTER = read(record_of(CONTRACT, b'{"id":"1","amount":"x"}'))
PLACE = "orders.dead-letters/0/1"
ONE, NONE = Selection("orders", places=frozenset({PLACE})), Selection("orders")
GOOD = b'{"id":"1","amount":1}'


def asked(kind: int, **said: object) -> pb.StartRunRequest:
    request = pb.StartRunRequest(**said)  # type: ignore[arg-type]  # each test says what it needs
    request.kind = kind  # type: ignore[assignment]  # a number that is no kind is asked for too
    return request


@pytest.mark.parametrize(
    ("request_", "selection", "field"),
    [
        (asked(0), NONE, "kind"),
        (asked(9), NONE, "kind"),
        (asked(run_pb2.RUN_KIND_DISCARD, flow="f"), NONE, "flow"),
        (asked(run_pb2.RUN_KIND_REPLAY, value=b""), NONE, "value"),
        (asked(run_pb2.RUN_KIND_RESUBMIT), ONE, "value"),
        (asked(run_pb2.RUN_KIND_RESUBMIT, value=GOOD), NONE, "selection.places"),
    ],
)
def test_a_run_that_can_not_be_meant_so_is_refused(
    request_: pb.StartRunRequest, selection: Selection, field: str
) -> None:
    with pytest.raises(RequestError) as refusal:
        orders.kind_of(request_, selection)
    assert refusal.value.field == field


def test_a_record_is_resubmitted_for_one_dead_letter() -> None:
    assert orders.kind_of(asked(run_pb2.RUN_KIND_RESUBMIT, value=GOOD), ONE) is RunKind.RESUBMIT


@pytest.mark.parametrize("rate", [float("nan"), float("inf"), -1.0, 1e300])
def test_a_rate_that_is_none_is_refused(rate: float) -> None:
    with pytest.raises(RequestError):
        orders.rate_of(asked(run_pb2.RUN_KIND_DISCARD, rate_per_s=rate))


def test_every_spelling_of_an_id_is_the_same_run() -> None:
    assert orders.identity("{12345678-1234-1234-1234-1234567890AB}") == "12345678-1234-1234-1234-1234567890ab"
    with pytest.raises(RequestError):
        orders.identity("run-1")


def test_a_change_without_a_reason_is_refused() -> None:
    with pytest.raises(ReasonMissingError):
        orders.signed(Actor("ana", " \n"))


def test_what_a_caller_says_of_itself_is_kept_in_one_line_and_bounded() -> None:
    assert orders.signed(Actor("ana\x1b[31m\nroot", "why" * 5_000)) == Actor("ana [31m root", ("why" * 5_000)[:2_000])


def test_a_flow_that_is_not_in_force_is_refused() -> None:
    for flow in ("", "other"):
        with pytest.raises(FlowUnknownError):
            orders.flows_of(CONTRACT, flow)


def test_a_record_that_the_contract_refuses_is_resubmitted_by_force_alone() -> None:
    value = b'{"id":"1","amount":"y"}'
    with pytest.raises(ValueRefusedError) as refusal:
        orders.check_value(CONTRACT, LETTER, value, has_keys=True, is_forced=False)
    assert (refusal.value.reason, '"y"' in str(refusal.value)) == ("schema", False)
    orders.check_value(CONTRACT, LETTER, value, has_keys=True, is_forced=True)
    orders.check_value(CONTRACT, LETTER, GOOD, has_keys=False, is_forced=False)


def test_a_record_is_late_by_when_its_dead_letter_arrived_as_it_will_be_for_the_run() -> None:
    level = b"{property: latency, value: 1, unit: h, customProperties: [{property: assay.onLate, value: dead-letter}]}"
    text = contract_text("orders").replace(
        b"amount, logicalType: integer", b"at, logicalType: timestamp, required: true"
    )
    time = b"customProperties:\n  - {property: assay.eventTime, value: at}\n"
    contract = load(text.replace(b"customProperties:\n", b"slaProperties: [" + level + b"]\n" + time, 1))
    for at, is_late in (("2023-11-14T22:00:00Z", False), ("2023-11-14T20:00:00Z", True)):
        value = json.dumps({"id": "1", "at": at}).encode()
        with pytest.raises(ValueRefusedError) if is_late else nullcontext():
            orders.check_value(contract, LETTER, value, has_keys=True, is_forced=False)


def test_a_record_larger_than_the_contract_takes_is_refused_by_force_too() -> None:
    with pytest.raises(RequestError):
        orders.check_value(CONTRACT, LETTER, b"x" * 2_000_000, has_keys=True, is_forced=True)


def test_a_record_with_classified_fields_is_kept_by_a_holder_of_keys_alone() -> None:
    with pytest.raises(KeysMissingError):
        orders.check_value(CLASSIFIED, LETTER, GOOD, has_keys=False, is_forced=True)


@pytest.mark.parametrize("state", [RunState.DONE, RunState.CANCELLED])
def test_a_run_that_has_ended_is_changed_no_more(state: RunState) -> None:
    run = Run("r", RunKind.DISCARD, NONE, "1.0.0", {}, "ana", "why", 0, state=state)
    with pytest.raises(RunEndedError):
        orders.check_change(run_pb2.RUN_CHANGE_PAUSE, run)


@given(st.binary(max_size=200))
def test_a_kept_record_opens_for_its_run_alone(value: bytes) -> None:
    kept = hidden(value, "r1", KEYS)
    assert revealed(kept, "r1", KEYS) == value
    for run, keys in (("r2", KEYS), ("r1", None)):
        with pytest.raises(SealError):
            revealed(kept, run, keys)
    assert revealed(hidden(value, "r1", None), "r1", None) == value


@given(st.binary(max_size=60))
def test_bytes_that_were_not_kept_so_never_open(stored: bytes) -> None:
    if stored[:1] != b"\0":
        with pytest.raises(SealError):
            revealed(stored, "r1", None)


@pytest.mark.parametrize(
    "said",
    [
        {"places": [PLACE] * 1_001}, {"places": ["other/0/1"]}, {"places": ["x"]}, {"since_ms": -1},
        {"until_ms": 2**62}, {"since_ms": 5, "until_ms": 5}, {"path": "/x" * 1_000},
    ],
)  # fmt: skip
def test_a_selection_that_selects_nothing_that_may_be_is_refused(said: dict[str, object]) -> None:
    with pytest.raises(RequestError):
        selection_of(run_pb2.Selection(contract="orders", **said), CONTRACT)  # type: ignore[arg-type]  # by name


@given(
    st.builds(
        Selection, st.just("orders"), *[st.text("ab/*", max_size=5)] * 6, st.integers(0, 5), st.just(0),
        st.frozensets(st.builds("orders.dead-letters/{}/{}".format, st.integers(0, 9), st.integers(0, 9)), max_size=3),
    )
)  # fmt: skip
def test_a_selection_goes_over_the_wire_and_back(selection: Selection) -> None:
    assert selection_of(selection_message(selection), CONTRACT) == selection


def test_an_answer_holds_as_many_as_fit() -> None:
    runs = [run_pb2.Run(why="x" * 1_000_000) for _ in range(10)]
    assert len(fitting(runs)) == 3
    assert [limit_of(asked, 100, 1_000) for asked in (0, 5, 10**9)] == [100, 5, 1_000]
