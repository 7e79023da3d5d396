"""An alarm: one thing that people are told of when it begins and once when it is over. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

__all__ = ["Alarm", "Kind", "Move", "Saying", "failure_name", "fired", "many_name", "producer_name"]


class Kind(StrEnum):
    """What an alarm is about."""

    FAILURE = "failure"
    """Dead letters that failed in one way, and that nobody knows what to do about."""
    ERRORS = "errors"
    """More records of a contract were refused than it promises. Alerts tells of that by itself; before, recovery did."""
    PRODUCER = "producer"
    """Every record of one producer is refused."""
    MANY = "failures"
    """More failures at once than people can be told of one by one."""


@dataclass(frozen=True, slots=True)
class Alarm:
    """One alarm as it is kept, from the first time it fires.

    `name` is the same for ever; with `since_ms`, the beginning of the newest time it fired, it names what people are
    told. One with `under` is told with that alarm, and never by itself. `calm_ms` is since when its cause is gone, 0
    while it is not. `dead_letters` were counted when it was last looked at, or told to be over.
    """

    name: str
    kind: Kind
    contract: str
    producer: str = ""
    is_firing: bool = True
    since_ms: int = 0
    told_ms: int = 0
    over_ms: int = 0
    calm_ms: int = 0
    dead_letters: int = 0
    under: str = ""
    revision: int = 0


@dataclass(frozen=True, slots=True)
class Saying:
    """What people are told, in words and as a number; the facts of it travel beside."""

    promised: str
    measured: str
    value: float = 0.0
    path: str = ""
    cause: str = ""
    first_steps: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Move:
    """An alarm as it is to be kept, and what is said of it; nothing where it moves in silence."""

    alarm: Alarm
    saying: Saying | None = None


def failure_name(fingerprint: str) -> str:
    """The name of the alarm about one failure."""
    return f"{Kind.FAILURE}/{fingerprint}"


def producer_name(contract: str, producer: str) -> str:
    """The name of the alarm about one producer of a contract."""
    return f"{Kind.PRODUCER}/{contract}/{producer}"


def many_name(contract: str) -> str:
    """The name of the alarm about too many failures of a contract."""
    return f"{Kind.MANY}/{contract}"


def fired(held: Alarm | None, fresh: Alarm, since_ms: int, now_ms: int) -> Alarm:
    """An alarm that fires: its window begins after those that were told before."""
    if held is None:
        return replace(fresh, since_ms=min(since_ms, now_ms - 1), told_ms=now_ms)
    begin_ms = max(since_ms, held.since_ms + 1, held.over_ms)
    return replace(fresh, since_ms=begin_ms, told_ms=now_ms, revision=held.revision)
