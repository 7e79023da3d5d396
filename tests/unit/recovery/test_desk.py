"""How a dead letter goes back, when it ends, and why another stays."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.api.recovery.v1.recovery_pb2 import Settlement
from assay.api.recovery.v1.run_pb2 import Action
from assay.client.shelf import Version
from assay.contracts import Contract
from assay.contracts.frame import SCHEMA_HEADER, guid_of
from assay.recovery.decision import End, Replay, Stay
from assay.recovery.desk import Desk
from assay.recovery.letter import read
from assay.recovery.replay import passed, replayed, settled
from assay.recovery.run import Run, RunKind
from assay.recovery.selection import Selection
from assay.recovery.settlement import Outcome
from assay.streaming import Outgoing, Record, headers
from assay.streaming.keys import Key, KeyFile
from tests.unit.recovery.letters import ARRIVED_MS, contract, dead

CONTRACT = contract()
NOW_MS = ARRIVED_MS + 60_000
OLD, HERE = 7, 9


def told(*versions: Contract, retired: str = "") -> dict[str, Version]:
    return {
        one.version: Version(number, one.id, one.version, one.text, 0, retired=one.version == retired)
        for number, one in zip((OLD, HERE), versions, strict=False)
    }


OLDER = contract("0.9.0")
DESK = Desk(CONTRACT, told(OLDER, CONTRACT))


def run(kind: RunKind, **asked: object) -> Run:
    return replace(Run("r1", kind, Selection("orders"), "1.0.0", {2: 9}, "ana", "mended", 1), **asked)  # type: ignore[arg-type]  # fields of a run


def replay_of(record: Record, desk: Desk = DESK) -> Outgoing:
    letter = read(record)
    decision = desk.by_itself(letter)
    assert isinstance(decision, Replay)
    return replayed(letter, decision, desk.contract, NOW_MS)


def test_a_replay_goes_to_its_partition_with_all_that_links_it() -> None:
    replay = replay_of(dead(producer="tills"))
    assert (replay.topic, replay.partition, replay.key) == ("orders.raw.replay", 2, b"k")
    assert json.loads(replay.value or b"") == {"id": "1", "amount": 10}
    assert dict(replay.headers) == {
        headers.EVENT_ID: b"e1",
        headers.PRODUCER: b"tills",
        headers.ATTEMPT: b"1",
        headers.ARRIVED: str(ARRIVED_MS).encode(),
        headers.ORDER: b"41",
        headers.DEAD_LETTER: b"orders.dead-letters/2/5",
        headers.FLOW: b"amount_as_text",
        headers.FAILURE: read(dead(producer="tills")).failure.encode(),
    }


def test_a_second_replay_keeps_first_arrival_and_order() -> None:
    found = dict(replay_of(dead(attempt="1", arrived="5", order="3")).headers)
    assert (found[headers.ATTEMPT], found[headers.ARRIVED], found[headers.ORDER]) == (b"2", b"5", b"3")


def test_a_framed_record_is_framed_anew_with_the_version_in_force() -> None:
    value = replay_of(dead(b'\0\0\0\0\7{"id":"1","amount":"10"}')).value or b""
    assert value[:5] == b"\0" + HERE.to_bytes(4, "big")
    assert json.loads(value[5:]) == {"id": "1", "amount": 10}


def test_a_record_with_its_frame_in_a_header_keeps_it_there() -> None:
    record = dead()
    older = b"\1" + guid_of(OLDER.text).bytes
    replay = replay_of(record._replace(headers=(*record.headers, (SCHEMA_HEADER, older))))
    assert dict(replay.headers)[SCHEMA_HEADER] == b"\1" + guid_of(CONTRACT.text).bytes
    assert json.loads(replay.value or b"") == {"id": "1", "amount": 10}


def test_a_settlement_has_the_dead_letter_as_key_and_says_who_asked() -> None:
    letter = read(dead())
    record = settled(letter, End(Outcome.DISCARDED), CONTRACT, run(RunKind.DISCARD), NOW_MS)
    assert (record.topic, record.partition, record.key) == (
        "orders.dead-letters.settled",
        2,
        b"orders.dead-letters/2/5",
    )
    found = Settlement.FromString(record.value or b"")
    assert (found.contract, found.attempt, found.failure) == ("orders@1.0.0", 0, letter.failure)
    assert (found.run, found.actor, found.why) == ("r1", "ana", "mended")


def test_a_run_passes_a_partition_under_one_id() -> None:
    first = passed(run(RunKind.DISCARD), 2, 9, Counter({"no flow": 2}), NOW_MS)
    second = passed(run(RunKind.DISCARD), 2, 9, Counter({"no flow": 2}), NOW_MS + 1)
    assert first.key == b"orders"
    said, again = Action.FromString(first.value or b""), Action.FromString(second.value or b"")
    assert (said.id, said.passed) == (again.id, again.passed)
    assert (said.passed.partition.left, said.passed.partition.done) == (2, True)


@pytest.mark.parametrize("attempt", ["2", "3", str(10**18 - 1)])
def test_a_dead_letter_whose_attempts_are_used_up_is_quarantined_whoever_asks(attempt: str) -> None:
    letter = read(dead(attempt=attempt))
    assert DESK.by_itself(letter) == End(Outcome.QUARANTINED)
    assert DESK.asked(run(RunKind.DISCARD), letter) == End(Outcome.QUARANTINED)
    settlement = settled(letter, End(Outcome.QUARANTINED), CONTRACT, run(RunKind.DISCARD), NOW_MS)
    assert not Settlement.FromString(settlement.value or b"").run


@pytest.mark.parametrize(
    ("record", "why"),
    [
        (dead(None), "its bytes were not kept"),
        (dead(b'{"id":"1","amount":"ten"}'), "amount"),
        (dead(reason="malformed"), "no flow is for malformed"),
        (dead(seal="key/00"), "it is sealed"),
        (dead(b"\0\0"), "its frame cannot be read"),
    ],
)
def test_a_dead_letter_that_stays_is_explained(record: Record, why: str) -> None:
    found = DESK.by_itself(read(record))
    assert isinstance(found, Stay)
    assert why in found.explanation


def test_a_flow_on_request_repairs_only_what_a_run_asks_for() -> None:
    desk = Desk(contract(run="on-request"))
    assert isinstance(desk.by_itself(read(dead())), Stay)
    assert isinstance(desk.asked(run(RunKind.RECOVER), read(dead())), Replay)


def test_what_the_contract_still_refuses_is_replayed_as_it_is_only_where_that_is_forced() -> None:
    refused = DESK.asked(run(RunKind.REPLAY), read(dead()))
    assert refused == Stay("the record would still break type at /amount")
    forced = DESK.asked(run(RunKind.REPLAY, is_forced=True), read(dead()))
    assert isinstance(forced, Replay)
    assert forced.value == dead().value


def test_a_record_that_was_edited_is_replayed_in_its_place_alone() -> None:
    edited = b'{"id":"1","amount":11}'
    asked = run(RunKind.RESUBMIT, value_sha256=hashlib.sha256(edited).hexdigest())
    found = DESK.asked(asked, read(dead()), edited)
    assert isinstance(found, Replay)
    assert found.value == edited
    assert isinstance(DESK.asked(asked, read(dead()), b"another"), Stay)
    assert isinstance(DESK.asked(asked, read(dead())), Stay)


def test_an_edited_record_whose_frame_is_in_a_header_declares_the_version_in_force() -> None:
    edited, older = b'{"id":"1","amount":7}', b"\1" + guid_of(OLDER.text).bytes
    record = dead()
    letter = read(record._replace(headers=(*record.headers, (SCHEMA_HEADER, older))))
    found = DESK.asked(run(RunKind.RESUBMIT), letter, edited)
    assert isinstance(found, Replay)
    replay = replayed(letter, found, CONTRACT, NOW_MS)
    assert (replay.value, dict(replay.headers)[SCHEMA_HEADER]) == (edited, b"\1" + guid_of(CONTRACT.text).bytes)


@pytest.mark.parametrize(("retired", "goes_back"), [("", True), ("0.9.0", False)])
def test_what_a_registry_away_left_unknown_goes_back_once_it_is_known(retired: str, goes_back: bool) -> None:
    unknown = b"\0" + OLD.to_bytes(4, "big") + b"{}"
    letter = read(dead(unknown, rule="registry_away", reason="unknown_schema"))
    assert isinstance(Desk(CONTRACT).by_itself(letter), Stay)
    found = Desk(CONTRACT, told(OLDER, CONTRACT, retired=retired)).by_itself(letter)
    assert isinstance(found, Replay) is goes_back


def test_it_goes_back_with_the_version_that_it_declares() -> None:
    letter = read(dead(b"{}", rule="registry_away", reason="unknown_schema", version="0.9.0"))
    found = DESK.by_itself(letter)
    assert isinstance(found, Replay)
    assert dict(replayed(letter, found, CONTRACT, NOW_MS).headers)[headers.VERSION] == b"0.9.0"


def test_the_digest_tells_when_dead_letters_of_before_want_another_look() -> None:
    desk = Desk(CONTRACT, told(OLDER, CONTRACT))
    assert desk.digest == DESK.digest
    assert Desk(contract(attempts=3), told(OLDER, CONTRACT)).digest != DESK.digest
    assert Desk(contract(run="on-request"), told(OLDER, CONTRACT)).digest != DESK.digest
    desk.versions.hear(told(OLDER, CONTRACT, retired="0.9.0"))
    assert desk.digest != DESK.digest


def test_the_digest_tells_a_version_from_another_that_repairs_by_the_same_flows() -> None:
    """Whichever is in force, both are known: a version is told of before it is in force here."""
    known = told(contract("2.0.0"), contract("2.1.0"))
    assert Desk(contract("2.0.0"), known).digest != Desk(contract("2.1.0"), known).digest


def test_a_key_that_was_missing_wants_another_look_however_old_it_is() -> None:
    old, new = (Key(name, name.encode() * 32) for name in "ab")
    before, after = (Desk(CONTRACT, keys=KeyFile("b", keys)) for keys in ({"b": new}, {"a": old, "b": new}))
    assert before.digest != after.digest


@given(st.binary(max_size=200) | st.none(), st.sampled_from([*RunKind]), st.booleans())
def test_no_value_breaks_a_decision(value: bytes | None, kind: RunKind, is_forced: bool) -> None:
    letter = read(dead(value))
    assert DESK.by_itself(letter) == DESK.by_itself(letter)
    DESK.asked(run(kind, is_forced=is_forced), letter, value)
