"""What happens in a play of many histories at once: the same for the same seed. Pure."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeVar

from tests.integration.recovery.histories_model import Deed, Features, Ill, Kind

__all__ = ["Act", "Blow", "Chapter", "plot"]

ILLS = {Ill.NOTHING: 1, Ill.TEXT: 4, Ill.WORD: 4, Ill.LOW: 4, Ill.BROKEN: 2}
DEEDS = {None: 5, Kind.REPLAY: 4, Kind.RECOVER: 3, Kind.DISCARD: 2, Kind.RESUBMIT: 1}
SLOW_PER_S = 40.0
T = TypeVar("T")
POINTS = (
    "recovery.after_produce",
    "recovery.after_settlement",
    "recovery.before_commit",
    "recovery.after_commit",
)


class Blow(StrEnum):
    """What strikes the services in a chapter."""

    RECOVERY = "recovery is killed"
    VALIDATION = "validation is killed"
    BOTH = "both are killed"
    POINT = "recovery dies between two steps of a transaction"
    ZOMBIE = "recovery is frozen past its session, replaced, and woken"
    INDEX = "recovery is killed and its store dropped"


@dataclass(frozen=True, slots=True)
class Act:
    """One run: what is done to the dead letters of these histories, or of all below the minimum where there are none.

    `change` is what becomes of it on the way: nothing, `pause` (and resume) or `cancel`. Each operator starts a run of
    their own.
    """

    deed: Deed
    numbers: tuple[int, ...]
    operators: int = 1
    rate_per_s: float = 0.0
    change: str = ""


@dataclass(frozen=True, slots=True)
class Chapter:
    """A new version of the contract, new records, what people do, and what strikes meanwhile."""

    features: Features
    born: tuple[tuple[int, Ill], ...]
    acts: tuple[Act, ...]
    blow: Blow | None
    point: str = ""


def plot(seed: int, histories: int) -> list[Chapter]:
    """Return the chapters: every blow strikes once; records are born in all but the last."""
    dice = random.Random(seed)
    blows: list[Blow | None] = [None, *dice.sample(list(Blow), len(Blow))]
    births = defaultdict[int, list[tuple[int, Ill]]](list)
    for number in range(histories):
        births[int(len(blows) * dice.random() ** 2)].append((number, _drawn(dice, ILLS)))
    chapters, features = [], Features()
    alive: list[int] = []
    for place, blow in enumerate(blows):
        acts = tuple(_acts(dice, alive, blow)) if place else ()
        chapters.append(Chapter(features, tuple(births[place]), acts, blow, dice.choice(POINTS)))
        alive += [number for number, _ in births[place]]
        features = _next(dice, features)
    return chapters


def _next(dice: random.Random, features: Features) -> Features:
    """The contract of the next chapter: a flow comes or goes, the minimum is lowered, or nothing changes."""
    changes = [
        features,
        replace(features, casts=not features.casts),
        replace(features, maps=not features.maps),
        replace(features, is_lower=True),
    ]
    return dice.choice(changes)


def _acts(dice: random.Random, alive: list[int], blow: Blow | None) -> list[Act]:
    chosen = defaultdict[Deed, list[int]](list)
    for number in alive:
        if kind := _drawn(dice, DEEDS):
            chosen[_deed(dice, kind)].append(number)
    acts = []
    for deed, numbers in chosen.items():
        parts = [(number,) for number in numbers] if deed.kind is Kind.RESUBMIT else [tuple(numbers)]
        acts += [_act(dice, deed, part) for part in parts]
    if dice.random() < 0.5:
        kind = dice.choice([Kind.REPLAY, Kind.DISCARD])
        acts.append(Act(Deed(kind, is_forced=kind is Kind.REPLAY and dice.random() < 0.5, sweeps=True), ()))
    if blow is Blow.INDEX:  # the bytes that a person sends stand only in the store until they are replayed
        acts = [_unsure(act) if act.deed.kind is Kind.RESUBMIT else act for act in acts]
    return acts


def _deed(dice: random.Random, kind: Kind) -> Deed:
    edited = dice.choice([Ill.EDITED, Ill.EDITED, Ill.WORD, Ill.LOW]) if kind is Kind.RESUBMIT else Ill.EDITED
    is_forced = kind in (Kind.REPLAY, Kind.RESUBMIT) and dice.random() < 0.4
    return Deed(kind, is_forced=is_forced, edited=edited)


def _act(dice: random.Random, deed: Deed, numbers: tuple[int, ...]) -> Act:
    change = dice.choice(["", "", "", "pause", "cancel"]) if deed.kind is not Kind.RESUBMIT else ""
    rate = dice.choice([0.0, SLOW_PER_S]) if change == "" else SLOW_PER_S
    act = Act(deed, numbers, dice.choice([1, 1, 2]), rate, change)
    return _unsure(act) if change == "cancel" else act


def _unsure(act: Act) -> Act:
    return replace(act, deed=replace(act.deed, is_sure=False))


def _drawn(dice: random.Random, weights: Mapping[T, int]) -> T:
    return dice.choices(list(weights), list(weights.values()))[0]
