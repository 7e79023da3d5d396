"""How a dead letter goes back, and why another stays."""

from __future__ import annotations

import json

import pytest

from assay.api.recovery.v1.recovery_pb2 import Settlement
from assay.api.validation.v1.verdict_pb2 import Violation, Violations
from assay.contracts import Repaired, Unrepaired, load
from assay.recovery.identity import identity_in
from assay.recovery.letter import Desk, read
from assay.streaming import HeaderError, Outgoing, Record, headers
from assay.testkit.builders import contract_text

RECOVERY = b"""
  - property: assay.recovery
    value:
      maxAttempts: 2
      flows:
        - id: amount_as_text
          when: {reason: schema, path: /amount, rule: type}
          steps: [{cast: {amount: integer}}]
team:"""
CONTRACT = load(contract_text("orders").replace(b"\nteam:", RECOVERY, 1))
DESK = Desk(CONTRACT)
ARRIVED_MS = 1_700_000_000_000


def dead(value: bytes | None = b'{"id":"1","amount":"10"}', **marks: str) -> Record:
    packed = Violations(violations=[Violation(path="/amount", rule="type", expected="integer", found="string")])
    found = {headers.SOURCE: "orders.raw.app/2/41", headers.REASON: "schema", headers.EVENT_ID: "e1"} | {
        f"assay-{name.replace('_', '-')}": text for name, text in marks.items()
    }
    pairs = tuple((name, text.encode()) for name, text in found.items())
    return Record(
        "orders.dead-letters", 2, 5, ARRIVED_MS, b"k", value, (*pairs, (headers.VIOLATIONS, packed.SerializeToString()))
    )


def replayed(record: Record) -> tuple[Outgoing, Outgoing]:
    letter = read(record, None)
    repaired = DESK.repair(letter)
    assert isinstance(repaired, Repaired)
    replay, settlement = DESK.replay(letter, repaired, lambda: ARRIVED_MS + 60_000)
    return replay, settlement


def test_a_replay_goes_to_its_partition_with_all_that_links_it() -> None:
    replay, _ = replayed(dead())
    assert (replay.topic, replay.partition, replay.key) == ("orders.raw.replay", 2, b"k")
    assert json.loads(replay.value or b"") == {"id": "1", "amount": 10}
    assert dict(replay.headers) == {
        headers.EVENT_ID: b"e1",
        headers.ATTEMPT: b"1",
        headers.ARRIVED: str(ARRIVED_MS).encode(),
        headers.ORDER: b"41",
        headers.DEAD_LETTER: b"orders.dead-letters/2/5",
        headers.FLOW: b"amount_as_text",
        headers.FAILURE: identity_in(dict(dead().headers)).fingerprint.encode(),
    }


def test_a_framed_record_is_repaired_behind_its_frame() -> None:
    replay, _ = replayed(dead(b'\0\0\0\0\7{"id":"1","amount":"10"}'))
    assert (replay.value or b"")[:5] == b"\0\0\0\0\7"
    assert json.loads((replay.value or b"")[5:]) == {"id": "1", "amount": 10}


def test_its_settlement_has_the_dead_letter_as_key() -> None:
    _, settlement = replayed(dead())
    assert (settlement.topic, settlement.partition) == ("orders.dead-letters.settled", 2)
    assert settlement.key == b"orders.dead-letters/2/5"
    found = Settlement.FromString(settlement.value or b"")
    assert (found.contract, found.flow, found.attempt) == ("orders@1.0.0", "amount_as_text", 1)


def test_a_second_replay_keeps_first_arrival_and_order() -> None:
    replay, _ = replayed(dead(attempt="1", arrived="5", order="3"))
    found = dict(replay.headers)
    assert (found[headers.ATTEMPT], found[headers.ARRIVED], found[headers.ORDER]) == (b"2", b"5", b"3")


@pytest.mark.parametrize(
    ("record", "why"),
    [
        (dead(attempt="2"), "all 2 attempts are used up"),
        (dead(None), "its bytes were not kept"),
        (dead(b'{"id":"1","amount":"ten"}'), "amount"),
        (dead(reason="malformed"), "malformed"),
    ],
)
def test_a_dead_letter_that_stays_is_explained(record: Record, why: str) -> None:
    found = DESK.repair(read(record, None))
    assert isinstance(found, Unrepaired)
    assert why in found.explanation


def test_a_record_that_validation_did_not_write_is_no_dead_letter() -> None:
    with pytest.raises(HeaderError):
        read(Record("orders.dead-letters", 0, 0, 0, None, b"{}", ()), None)


@pytest.mark.parametrize("name", [headers.ARRIVED, headers.ATTEMPT, headers.ORDER, headers.VIOLATIONS])
def test_a_mark_that_can_not_be_read_makes_no_dead_letter(name: str) -> None:
    record = dead()
    with pytest.raises(HeaderError):
        read(record._replace(headers=(*record.headers, (name, b"\xff"))), None)
