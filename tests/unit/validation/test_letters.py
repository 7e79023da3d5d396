"""What a judged record carries on its way."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.api.validation.v1.verdict_pb2 import Violations
from assay.contracts import Field, Reason, Verdict, Violation, load
from assay.streaming import Outgoing, Record, headers
from assay.streaming.keys import KeyFile
from assay.testkit.builders import contract_text
from assay.validation.letters import MAX_VIOLATIONS_BYTES, dead_letter, stub, validated

CONTRACT = load(contract_text("orders", version="1.2.0"))
BROKEN = Verdict(Reason.SCHEMA, (Violation("/amount", "type", "integer", "string of 3 characters"),))
RAW = Record(
    "orders.raw.app",
    2,
    41,
    1_700_000_000_000,
    b"k",
    b'{"id":"1","amount":"ten"}',
    (("traceparent", b"00-t"), (headers.EVENT_ID, b"e1"), (headers.ATTEMPT, b"9"), ("shop", b"north")),
)


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> KeyFile:
    path = tmp_path_factory.mktemp("keys") / "keys.json"
    KeyFile.create(path)
    return KeyFile.read(path, "ASSAY_VALIDATION_KEYS")


def is_sealed(letter: Outgoing) -> bool:
    return letter.key is None and letter.value != RAW.value and headers.SEAL in dict(letter.headers)


def test_a_validated_record_is_the_raw_one_with_contract_and_source() -> None:
    out = validated(RAW, CONTRACT)
    assert (out.topic, out.partition, out.key, out.value) == ("orders.validated", 2, RAW.key, RAW.value)
    assert out.timestamp_ms == RAW.timestamp_ms
    assert dict(out.headers) == {
        "traceparent": b"00-t",
        "shop": b"north",
        headers.EVENT_ID: b"e1",
        headers.CONTRACT: b"orders@1.2.0",
        headers.SOURCE: b"orders.raw.app/2/41",
    }


def test_a_dead_letter_keeps_the_bytes_and_says_why(keys: KeyFile) -> None:
    out = dead_letter(RAW, CONTRACT, BROKEN, keys)
    assert (out.topic, out.value) == ("orders.dead-letters", RAW.value)
    found = dict(out.headers)
    assert found[headers.REASON] == b"schema"
    violation = Violations.FromString(found[headers.VIOLATIONS] or b"").violations[0]
    assert (violation.path, violation.rule) == ("/amount", "type")


def test_a_dead_letter_of_a_contract_with_a_classified_field_is_sealed(keys: KeyFile) -> None:
    email = Field("email", "string", classification="restricted")
    classified = dataclasses.replace(CONTRACT, fields=(*CONTRACT.fields, email))
    assert is_sealed(dead_letter(RAW, classified, BROKEN, keys))
    assert not is_sealed(dead_letter(RAW, CONTRACT, BROKEN, keys))
    assert stub(RAW, classified, "message too large").key is None


@pytest.mark.parametrize("reason", sorted(set(Reason) - {Reason.SCHEMA, Reason.RULE, Reason.LATE, Reason.DUPLICATE}))
def test_a_dead_letter_whose_fields_nobody_knows_is_sealed(keys: KeyFile, reason: Reason) -> None:
    assert is_sealed(dead_letter(RAW, CONTRACT, Verdict(reason), keys))


def test_a_dead_letter_with_a_property_that_the_contract_does_not_name_is_sealed(keys: KeyFile) -> None:
    unknown = Violation("/ssn", "additionalProperties", "no such property", "string of 11 characters")
    assert is_sealed(dead_letter(RAW, CONTRACT, Verdict(Reason.SCHEMA, (unknown,)), keys))


def test_a_replay_is_believed_its_attempt_and_its_first_arrival() -> None:
    marks = {headers.ATTEMPT: b"1", headers.ARRIVED: b"5", headers.DEAD_LETTER: b"orders.dead-letters/2/0"}
    replay = RAW._replace(topic="orders.raw.replay", headers=tuple(marks.items()))
    assert marks.items() <= dict(validated(replay, CONTRACT).headers).items()


@given(st.lists(st.builds(Violation, st.text(max_size=900), st.just("type"), st.text(), st.text()), max_size=16))
def test_the_violations_header_is_bounded_and_counts_what_it_leaves_out(
    keys: KeyFile, violations: list[Violation]
) -> None:
    out = dead_letter(RAW, CONTRACT, Verdict(Reason.SCHEMA, tuple(violations)), keys)
    packed = dict(out.headers)[headers.VIOLATIONS] or b""
    found = Violations.FromString(packed)
    assert len(packed) <= MAX_VIOLATIONS_BYTES
    assert len(found.violations) + found.omitted == len(violations)


def test_a_stub_stands_for_bytes_that_could_not_be_written() -> None:
    out = stub(RAW, CONTRACT, "message too large")
    assert out.value is None
    found = dict(out.headers)
    assert found[headers.REASON] == b"too_large"
    assert found[headers.SOURCE] == b"orders.raw.app/2/41"
    assert b"25 bytes" in (found[headers.VIOLATIONS] or b"")
