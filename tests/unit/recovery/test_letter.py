"""A dead letter is read from what validation wrote, and from nobody else."""

from __future__ import annotations

import pytest

from assay.recovery.identity import identity_of
from assay.recovery.letter import read
from assay.recovery.selection import Selection
from assay.streaming import HeaderError, Record, headers
from tests.unit.recovery.letters import ARRIVED_MS, dead


def test_a_dead_letter_knows_its_failure() -> None:
    letter = read(dead(producer="tills"))
    identity = identity_of("orders", "1.0.0", "schema", letter.violations[0], "tills")
    assert letter.failure == identity.fingerprint
    assert (letter.place, letter.path, letter.rule, letter.version) == (
        "orders.dead-letters/2/5", "/amount", "type", "1.0.0",
    )  # fmt: skip


def test_a_replay_that_came_back_keeps_its_attempt_first_arrival_and_order() -> None:
    letter = read(dead(attempt="1", arrived="5", order="3"))
    assert (letter.attempt, letter.arrived_ms, letter.order) == (1, 5, 3)
    first = read(dead())
    assert (first.attempt, first.arrived_ms, first.order) == (0, ARRIVED_MS, 41)


def test_a_selection_takes_it_by_what_it_says() -> None:
    letter = read(dead(producer="tills"))
    assert Selection("orders", reason="schema", path="/amount", producer="tills").takes(letter)
    assert not Selection("orders", producer="apps").takes(letter)


def test_a_record_that_validation_did_not_write_is_no_dead_letter() -> None:
    with pytest.raises(HeaderError):
        read(Record("orders.dead-letters", 0, 0, 0, None, b"{}", ()))


@pytest.mark.parametrize("name", [headers.ARRIVED, headers.ATTEMPT, headers.ORDER, headers.VIOLATIONS])
def test_a_mark_that_can_not_be_read_makes_no_dead_letter(name: str) -> None:
    record = dead()
    with pytest.raises(HeaderError):
        read(record._replace(headers=(*record.headers, (name, b"\xff"))))
