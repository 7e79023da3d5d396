"""What a judged record carries on its way."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.api.validation.v1.verdict_pb2 import Violations
from assay.contracts import Contract, Field, Reason, Verdict, Violation, load
from assay.streaming import Block, Outgoing, Partition, Record, UnreadableHeaders, headers
from assay.streaming.keys import KeyFile
from assay.streaming.seal import unseal
from assay.testkit.builders import contract_text
from assay.validation.letters import MAX_VIOLATIONS_BYTES, Letters
from assay.validation.producers import MAX_WORD

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


def letters(keys: KeyFile, contract: Contract = CONTRACT, topic: str = RAW.topic) -> Letters:
    return Letters(contract, contract, Partition(topic, RAW.partition), keys)


def validated(letters: Letters, *records: Record) -> list[Outgoing]:
    return [*letters.validated(Block.of(records)).outgoing()]


def is_sealed(letter: Outgoing) -> bool:
    return letter.key is None and letter.value != RAW.value and headers.SEAL in dict(letter.headers)


def test_a_validated_record_is_the_raw_one_with_contract_and_source(keys: KeyFile) -> None:
    (out,) = validated(letters(keys), RAW)
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
    out = letters(keys).dead_letter(RAW, BROKEN)
    assert (out.topic, out.value) == ("orders.dead-letters", RAW.value)
    found = dict(out.headers)
    assert found[headers.REASON] == b"schema"
    violation = Violations.FromString(found[headers.VIOLATIONS] or b"").violations[0]
    assert (violation.path, violation.rule) == ("/amount", "type")


def test_a_dead_letter_of_a_contract_with_a_classified_field_is_sealed(keys: KeyFile) -> None:
    email = Field("email", "string", classification="restricted")
    classified = dataclasses.replace(CONTRACT, fields=(*CONTRACT.fields, email))
    assert is_sealed(letters(keys, classified).dead_letter(RAW, BROKEN))
    assert not is_sealed(letters(keys).dead_letter(RAW, BROKEN))
    assert letters(keys, classified).stub(RAW, "message too large").key is None


@pytest.mark.parametrize(
    "reason", sorted(set(Reason) - {Reason.SCHEMA, Reason.RULE, Reason.LATE, Reason.DUPLICATE, Reason.HELD})
)
def test_a_dead_letter_whose_fields_nobody_knows_is_sealed(keys: KeyFile, reason: Reason) -> None:
    assert is_sealed(letters(keys).dead_letter(RAW, Verdict(reason)))


def test_a_dead_letter_with_a_property_that_the_contract_does_not_name_is_sealed(keys: KeyFile) -> None:
    unknown = Violation("/ssn", "additionalProperties", "no such property", "string of 11 characters")
    assert is_sealed(letters(keys).dead_letter(RAW, Verdict(Reason.SCHEMA, (unknown,))))


def test_a_dead_letter_says_who_sent_it_and_which_version_it_declares(keys: KeyFile) -> None:
    record = RAW._replace(headers=((headers.PRODUCER, b"shop"), (headers.VERSION, b"1.0.0"), *RAW.headers))
    for out in (
        letters(keys).dead_letter(record, BROKEN),
        letters(keys).dead_letter(record, Verdict(Reason.MALFORMED)),
    ):
        assert {headers.PRODUCER: b"shop", headers.VERSION: b"1.0.0"}.items() <= dict(out.headers).items()
    stub = letters(keys).stub(record, "message too large")
    assert dict(stub.headers)[headers.PRODUCER] == b"shop"
    (out,) = validated(letters(keys), record)
    assert not {headers.PRODUCER, headers.VERSION} & dict(out.headers).keys()


@given(st.none() | st.binary(max_size=1000) | st.text(max_size=300).map(str.encode))
def test_a_producers_name_goes_on_printable_and_short(keys: KeyFile, name: bytes | None) -> None:
    out = letters(keys).dead_letter(RAW._replace(headers=((headers.PRODUCER, name),)), BROKEN)
    kept = (dict(out.headers).get(headers.PRODUCER) or b"").decode()
    assert len(kept) <= MAX_WORD
    assert kept.isprintable()


def test_a_dead_letter_of_a_replay_says_of_which_failure_it_was(keys: KeyFile) -> None:
    marks = ((headers.FAILURE, b"0123456789abcdef"), (headers.ATTEMPT, b"1"), (headers.EVENT_ID, b"e1"))
    replay = RAW._replace(topic="orders.raw.replay", headers=(*marks, ("shop", b"north")))
    ours = letters(keys, topic=replay.topic)
    for out in (*validated(ours, replay), ours.dead_letter(replay, BROKEN), ours.stub(replay, "message too large")):
        assert set(marks) <= set(out.headers)
    assert headers.FAILURE not in dict(letters(keys).dead_letter(RAW._replace(headers=marks), BROKEN).headers)


def test_a_replay_is_believed_its_attempt_and_its_first_arrival(keys: KeyFile) -> None:
    marks = {headers.ATTEMPT: b"1", headers.ARRIVED: b"5", headers.DEAD_LETTER: b"orders.dead-letters/2/0"}
    replay = RAW._replace(topic="orders.raw.replay", headers=tuple(marks.items()))
    (out,) = validated(letters(keys, topic=replay.topic), replay)
    assert marks.items() <= dict(out.headers).items()


def test_a_header_name_that_is_not_utf8_goes_on_escaped_and_is_sealed_as_it_was(keys: KeyFile) -> None:
    record = RAW._replace(headers=UnreadableHeaders((("a\udcff", b"1"),)))
    (out,) = validated(letters(keys), record)
    assert out.headers[0] == ("a\\udcff", b"1")
    sealed = letters(keys).dead_letter(record, Verdict(Reason.MALFORMED))
    opened = unseal(Record("orders.dead-letters", 2, 0, 0, sealed.key, sealed.value, sealed.headers), keys)
    assert opened.headers[0] == ("a\udcff", b"1")


@given(st.lists(st.builds(Violation, st.text(max_size=900), st.just("type"), st.text(), st.text()), max_size=16))
def test_the_violations_header_is_bounded_and_counts_what_it_leaves_out(
    keys: KeyFile, violations: list[Violation]
) -> None:
    out = letters(keys).dead_letter(RAW, Verdict(Reason.SCHEMA, tuple(violations)))
    packed = dict(out.headers)[headers.VIOLATIONS] or b""
    found = Violations.FromString(packed)
    assert len(packed) <= MAX_VIOLATIONS_BYTES
    assert len(found.violations) + found.omitted == len(violations)


def test_a_stub_stands_for_bytes_that_could_not_be_written(keys: KeyFile) -> None:
    out = letters(keys).stub(RAW, "message too large")
    assert out.value is None
    found = dict(out.headers)
    assert found[headers.REASON] == b"too_large"
    assert found[headers.SOURCE] == b"orders.raw.app/2/41"
    assert b"25 bytes" in (found[headers.VIOLATIONS] or b"")
