"""What stands in line by key goes back in order; what only waited goes back as it was, and is no attempt."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from assay.contracts import Contract
from assay.contracts.model import Ordered
from assay.recovery.decision import Decision, End, Replay, Stay
from assay.recovery.desk import Desk
from assay.recovery.held import Held, Place
from assay.recovery.letter import DeadLetter, read
from assay.recovery.line import WAITS, Line
from assay.recovery.replay import replayed, settled
from assay.recovery.run import Run, RunKind
from assay.recovery.selection import Selection
from assay.recovery.settlement import Outcome
from assay.streaming import headers
from tests.unit.recovery.letters import ARRIVED_MS, contract, dead

MINUTE_MS = 60_000
ORDERED = replace(contract(), ordered=Ordered(timeout_s=60, max_held=10))


def letter(offset: int, raw: int, key: str = "k", *, held_until: int | None = None, **marks: str) -> DeadLetter:
    said: dict[str, Any] = {"source": f"orders.raw.app/2/{raw}", "key_hash": key} | marks
    if held_until is not None:
        said |= {"reason": "held", "held_until": str(held_until)}
    return read(dead(**said)._replace(offset=offset))


def replay(of: DeadLetter) -> Replay:
    return Replay(of.record, of.record.value, of.order)


def line(now_ms: int = ARRIVED_MS, of: Contract = ORDERED) -> Line:
    return Line(of, lambda: now_ms)


def run(kind: RunKind) -> Run:
    return Run("r", kind, Selection("orders"), "1.0.0", {2: 9}, "ana", "why", 1)


def test_what_is_behind_another_of_its_key_waits_until_that_is_settled() -> None:
    here, first, second, other = line(), letter(0, 10), letter(1, 11), letter(2, 12, "other")
    for each in (first, second, other):
        here.meets(each)
    decisions = [here.passes(each, replay(each)) for each in (first, second, other)]
    assert [isinstance(each, Replay) for each in decisions] == [True, False, True]
    assert here.due == []
    here.settles(first.record.offset)
    assert here.due == [1]


def test_the_line_is_by_raw_offset_not_by_that_of_the_dead_letter() -> None:
    here = line()
    came_back = letter(7, 3, raw_offset="10", source="orders.raw.replay/2/3")
    later = letter(5, 11)
    for each in (later, came_back):
        here.meets(each)
    assert here.passes(came_back, replay(came_back)) == replay(came_back)
    assert here.passes(later, replay(later)) is WAITS


def test_nobody_waits_for_one_that_is_over() -> None:
    here, first, second = line(ARRIVED_MS + MINUTE_MS), letter(0, 10), letter(1, 11)
    here.meets(first)
    assert here.passes(second, replay(second)) == replay(second)


def test_what_waited_and_is_over_still_goes_before_what_is_behind_it() -> None:
    now_ms = [ARRIVED_MS]
    here = Line(ORDERED, lambda: now_ms[0])
    first, second, third = (
        letter(0, 10),
        letter(9, 11, held_until=ARRIVED_MS + 5),
        letter(4, 12, held_until=ARRIVED_MS + 5),
    )
    for each in (first, third, second):
        here.meets(each)
        here.passes(each, replay(each) if each is not first else Stay("no flow"))
    now_ms[0] += 2 * MINUTE_MS
    assert here.due == [9]
    here.settles(9)
    assert here.due == [4]


@pytest.mark.parametrize("decision", [None, Stay("no flow is for it"), End(Outcome.DISCARDED)])
def test_what_does_not_go_back_does_not_wait_and_is_not_forgotten(decision: Decision | None) -> None:
    here, first, second = line(), letter(0, 10), letter(1, 11)
    for each in (first, second):
        here.meets(each)
    here.passes(second, replay(second))
    assert here.passes(second, decision) is decision
    here.settles(0)
    assert here.due == [1]


@pytest.mark.parametrize("marks", [{"key": ""}, {"reason": "duplicate"}])
def test_nobody_waits_for_a_repeat_or_one_without_a_key(marks: dict[str, str]) -> None:
    here = line()
    first = letter(0, 10, reason=marks["reason"]) if "reason" in marks else letter(0, 10)
    if "key" in marks:
        record = first.record
        first = read(record._replace(headers=tuple(pair for pair in record.headers if pair[0] != headers.KEY_HASH)))
    here.meets(first)
    assert isinstance(here.passes(letter(1, 11), replay(letter(1, 11))), Replay)


def test_nothing_waits_in_a_contract_that_is_not_ordered() -> None:
    here, first, second = line(of=contract()), letter(0, 10), letter(1, 11, held_until=ARRIVED_MS + MINUTE_MS)
    here.meets(first)
    assert isinstance(here.passes(second, replay(second)), Replay)


def test_beyond_its_bound_it_remembers_none_but_forgets_none_that_waits() -> None:
    held = Held(2)
    for offset in range(4):
        held.opens(Place(offset, f"k{offset}", 0, 100), 0)
    assert len(held) == 2
    held.waits(Place(9, "k0", 5, 100))
    assert (len(held), held.due(0)) == (3, [])
    assert held.due(100) == [9]


def test_one_that_waited_goes_back_as_it_was_and_is_no_attempt() -> None:
    waited = read(dead(None, reason="held", held_until="1", key_hash="k", attempt="2", version="1.0.0"))
    decision = Desk(contract(attempts=2)).by_itself(waited)
    assert isinstance(decision, Replay)
    back = replayed(waited, decision, contract(), 5)
    found = dict(back.headers)
    assert (back.key, back.value, found[headers.ATTEMPT]) == (b"k", None, b"2")
    assert (found[headers.RAW_OFFSET], found[headers.VERSION]) == (b"41", b"1.0.0")
    settlement = settled(waited, decision, contract(), None, 5)
    assert settlement.value is not None


@pytest.mark.parametrize(
    ("kind", "kept"), [(RunKind.RECOVER, Replay), (RunKind.REPLAY, Replay), (RunKind.DISCARD, End)]
)
def test_a_run_takes_one_that_waits_as_it_is(kind: RunKind, kept: type) -> None:
    waited = read(dead(reason="held", held_until="1", key_hash="k", attempt="2"))
    assert isinstance(Desk(contract(attempts=2)).asked(run(kind), waited), kept)


def test_a_replay_of_a_contract_that_is_not_ordered_has_no_raw_offset() -> None:
    plain = read(dead())
    back = replayed(plain, replay(plain), contract(), 5)
    assert headers.RAW_OFFSET not in dict(back.headers)


def test_an_ordered_contract_wants_another_look_at_dead_letters_of_before() -> None:
    assert Desk(contract()).digest != Desk(ORDERED).digest
