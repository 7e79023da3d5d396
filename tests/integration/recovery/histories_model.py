"""What may become of a record while its contract changes, people act on it and services die. Pure.

A record is in one state. What is done to it in a chapter of its history is done in any order, by services that know the
contract of before or the new one: the model gives every state that may come of it, and what was seen must be one of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from itertools import permutations

__all__ = [
    "MAX_ATTEMPTS",
    "NEVER",
    "Deed",
    "Features",
    "Ill",
    "Kind",
    "State",
    "Status",
    "born",
    "outcomes",
    "value_of",
]

MAX_ATTEMPTS = 2
NEVER = -1
EDITED = 100_000
MAPPED = 200_000  # no number of a record, so that bytes say what became of them
LOW = -5


class Ill(StrEnum):
    """What is wrong with the bytes of a record, if anything."""

    NOTHING = "nothing"
    TEXT = "a number as text"
    WORD = "a word for a number"
    LOW = "below the minimum"
    BROKEN = "no JSON"
    MENDED = "nothing, after a flow"
    MAPPED = "nothing, after the flow that is asked for"
    EDITED = "nothing, after a person"


class Status(StrEnum):
    """Where a record is."""

    VALIDATED = "validated"
    OPEN = "open"
    DISCARDED = "discarded"
    QUARANTINED = "quarantined"


class Kind(StrEnum):
    """What is done to a dead letter."""

    REPLAY = "replay"
    RECOVER = "recover"
    DISCARD = "discard"
    RESUBMIT = "resubmit"


@dataclass(frozen=True, slots=True)
class Features:
    """What a version of the contract has: the flow that runs by itself, the one that is asked for, the lower minimum."""

    casts: bool = False
    maps: bool = False
    is_lower: bool = False


@dataclass(frozen=True, slots=True)
class State:
    """Where a record is, how often it was replayed, and what is wrong with its bytes there."""

    status: Status
    attempt: int
    ill: Ill


@dataclass(frozen=True, slots=True)
class Deed:
    """One thing done to the dead letter of one attempt.

    One that sweeps is done to whatever is below the minimum: to that attempt surely, to a later one if it came in time.
    `is_sure` says that it must have been done when the chapter ends; one that is cancelled, or whose bytes were lost
    with the store, may not have been.
    """

    kind: Kind
    attempt: int = NEVER
    is_forced: bool = False
    edited: Ill = Ill.EDITED
    sweeps: bool = False
    is_sure: bool = True

    def may_meet(self, state: State) -> bool:
        """Whether it may be done to a record in this state."""
        is_meant = state.ill is Ill.LOW if self.sweeps else state.attempt == self.attempt
        return state.status is Status.OPEN and is_meant

    def may_miss(self, state: State) -> bool:
        """Whether it may be that it is not done."""
        return not self.is_sure or state.attempt != self.attempt


def value_of(number: int, ill: Ill) -> bytes:
    """The bytes of a record."""
    amounts = {
        Ill.TEXT: f'"{number}"', Ill.WORD: '"many"', Ill.LOW: str(LOW), Ill.MAPPED: str(MAPPED), Ill.EDITED: str(EDITED + number),
    }  # fmt: skip
    return b"{" if ill is Ill.BROKEN else f'{{"id": "h{number}", "amount": {amounts.get(ill, number)}}}'.encode()


def born(ill: Ill, before: Features, after: Features) -> frozenset[State]:
    """The states that a record may first be in, judged by the contract of before or by the new one."""
    return frozenset(_arrived(ill, 0, features) for features in (before, after))


@cache
def outcomes(starts: frozenset[State], before: Features, after: Features, deeds: tuple[Deed, ...]) -> frozenset[State]:
    """Every state that a record may be in when all deeds of a chapter are done and everyone knows the new contract."""
    found: set[State] = set()
    for order in permutations(deeds):
        states = {each for start in starts for each in _flown(start, before, after)}
        for deed in order:
            states = {
                each
                for state in states
                for done in _done(state, deed, before, after)
                for each in _flown(done, before, after)
            }
        found |= {_closed(state, after) for state in states}
    return frozenset(found)


def _accepts(features: Features, ill: Ill) -> bool:
    return ill in (Ill.NOTHING, Ill.MENDED, Ill.MAPPED, Ill.EDITED) or (ill is Ill.LOW and features.is_lower)


def _arrived(ill: Ill, attempt: int, judge: Features) -> State:
    """A record that was judged; one whose attempts are used up is quarantined at once."""
    if _accepts(judge, ill):
        return State(Status.VALIDATED, attempt, ill)
    return State(Status.QUARANTINED if attempt >= MAX_ATTEMPTS else Status.OPEN, attempt, ill)


def _closed(state: State, features: Features) -> State:
    """What the flow that runs by itself makes of it."""
    if state.status is Status.OPEN and state.ill is Ill.TEXT and features.casts:
        return State(Status.VALIDATED, state.attempt + 1, Ill.MENDED)
    return state


def _flown(state: State, before: Features, after: Features) -> Iterator[State]:
    """What it may be by the time that the next thing is done to it."""
    yield state
    yield from (_closed(state, features) for features in (before, after))


def _done(state: State, deed: Deed, before: Features, after: Features) -> Iterator[State]:
    """What a deed may make of it, whichever contract recovery and validation know by then."""
    if not deed.may_meet(state) or deed.may_miss(state):
        yield state
    if not deed.may_meet(state):
        return
    for recovery in (before, after):
        for judge in (before, after):
            yield _by(state, deed, recovery, judge)


def _by(state: State, deed: Deed, recovery: Features, judge: Features) -> State:
    if deed.kind is Kind.DISCARD:
        return replace(state, status=Status.DISCARDED)
    if deed.kind is Kind.RECOVER:
        return _arrived(Ill.MAPPED, state.attempt + 1, judge) if state.ill is Ill.WORD and recovery.maps else state
    ill = deed.edited if deed.kind is Kind.RESUBMIT else state.ill
    return _arrived(ill, state.attempt + 1, judge) if deed.is_forced or _accepts(recovery, ill) else state
