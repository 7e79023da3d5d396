"""Which worker is struck how and when: the same for the same seed. Pure."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import cycle

__all__ = ["FAIL_POINTS", "FREEZE_POINTS", "Blow", "Kind", "schedule"]

FAIL_POINTS = (
    "forwarder.after_judge",
    "forwarder.before_offsets",  # every record is sent and acknowledged
    "forwarder.before_commit",
    "forwarder.after_commit",
    "forwarder.after_fence",
    "forwarder.after_assignment",
    "forwarder.before_revoke",
)
"""Where a worker is killed: between two steps of a transaction, and in the middle of a rebalance."""

FREEZE_POINTS = ("forwarder.before_offsets", "forwarder.before_commit")
"""Where a worker is frozen: with a transaction open."""

FIRST_REAL = {"forwarder.after_fence": 1, "forwarder.after_assignment": 1, "forwarder.before_revoke": 2}
"""The pass of a rare point that is worth dying at: the first thing a member gives up is nothing."""

MOST_PASSES = 12
LONGEST_S = 1.0


class Kind(StrEnum):
    """What is done to a worker."""

    KILL = "killed at random"
    POINT = "killed at a fail point"
    FREEZE = "frozen past its session with a transaction open"
    UNHEARD = "cut off from the coordinator past its session, its words lost"
    LATE = "cut off from the coordinator past its session, its words late"

    @property
    def is_absence(self) -> bool:
        """Whether others must take over from the worker, which comes back."""
        return self in (Kind.FREEZE, Kind.UNHEARD, Kind.LATE)


@dataclass(frozen=True, slots=True)
class Blow:
    """One thing done to one worker: at a fail point's N-th pass, or `after_s` of its work."""

    kind: Kind
    point: str = ""
    passes: int = 1
    after_s: float = 0.0
    is_static: bool = False

    @property
    def failpoints(self) -> str:
        """What `ASSAY_FAILPOINTS` says for it."""
        action = "=freeze" if self.kind is Kind.FREEZE else ""
        return f"{self.point}:{self.passes}{action}" if self.point else ""

    def __str__(self) -> str:
        return f"{self.kind} {self.failpoints}".strip()


def schedule(seed: int, workers: int, kills: int, zombies: int) -> list[list[Blow]]:
    """Return the blows for each worker, in order; a third of the zombies are cut off, which only the last one can be.

    Half of the kills are at fail points, each in its turn.
    """
    dice = random.Random(seed)  # noqa: S311 -- a schedule, no secret
    blows: list[list[Blow]] = [[] for _ in range(workers)]
    for number, blow in enumerate(_kills(dice, kills)):
        blows[number % workers].append(blow)
    for number, blow in enumerate(_freezes(dice, zombies - zombies // 3)):
        blows[number % max(1, workers - 1)].append(blow)
    for number in range(zombies // 3):
        blows[-1].append(Blow((Kind.UNHEARD, Kind.LATE)[number % 2], after_s=_after_s(dice)))
    for each in blows:
        dice.shuffle(each)
    return blows


def _kills(dice: random.Random, count: int) -> Iterator[Blow]:
    points = cycle(dice.sample(FAIL_POINTS, len(FAIL_POINTS)))
    for number in range(count):
        is_static = dice.random() < 1 / 2
        if number % 2:
            yield Blow(Kind.KILL, after_s=_after_s(dice), is_static=is_static)
            continue
        point = next(points)
        yield Blow(Kind.POINT, point, FIRST_REAL.get(point) or dice.randint(1, MOST_PASSES), is_static=is_static)


def _freezes(dice: random.Random, count: int) -> Iterator[Blow]:
    for _ in range(count):
        yield Blow(Kind.FREEZE, dice.choice(FREEZE_POINTS), dice.randint(1, MOST_PASSES))


def _after_s(dice: random.Random) -> float:
    return round(dice.uniform(0.0, LONGEST_S), 3)
