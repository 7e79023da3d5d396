"""What is broken by the clock of the wall: silence, old events, partitions that nobody judges, a registry that is away. Pure."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from assay.alerts.breaches import Breach, Kind, Measurement, State, Step
from assay.alerts.panes.standing import Bounds, PartitionState, Standing, standings
from assay.contracts import Contract, ServiceLevel, measure_age
from assay.streaming import Partition

__all__ = [
    "ANY_CONTRACT",
    "DEAD",
    "REGISTRY",
    "SETTLE_S",
    "STUCK",
    "Look",
    "age_ms",
    "halted",
    "level_looks",
    "platform_looks",
    "service_looks",
    "step_by_clock",
]

DEAD, STUCK, REGISTRY = "dead", "stuck", "registry"
"""Conditions of the machine that watches; with `/<contract>` they are a contract's."""

ANY_CONTRACT = "*"
"""Stands for the contract where a condition is of no single one."""

SETTLE_S = 6.0
"""After so long more, a heartbeat and some, all that died together is known to be dead, and is told as one."""

MOST_NAMED = 8


@dataclass(frozen=True, slots=True)
class Look:
    """What a condition by the clock came to just now; `is_broken` is None where it can't be said."""

    fingerprint: str
    contract: str
    version: str
    promise: str
    kind: Kind
    is_broken: bool | None
    since_ms: int
    promised: str
    measured: str
    value: float = 0.0
    first_steps: tuple[str, ...] = ()

    def measurement(self, now_ms: int) -> Measurement:
        """The same as what a breach fires and resolves with; its window is from when it began until now."""
        begun_ms = min(self.since_ms, now_ms - 1)
        return Measurement(
            fingerprint=self.fingerprint,
            contract=self.contract,
            contract_version=self.version,
            promise=self.promise,
            promised=self.promised,
            measured=self.measured,
            value=self.value,
            window=f"{_moment(begun_ms)} to {_moment(now_ms)}",
            window_start_ms=begun_ms,
            window_end_ms=now_ms,
            state=State.FIRING if self.is_broken else State.RESOLVED,
            kind=self.kind,
            first_steps=self.first_steps if self.is_broken else (),
        )


def step_by_clock(newest: Breach | None, look: Look, now_ms: int) -> Step:
    """Return what a look makes of the newest breach of its fingerprint: it fires once, and is over once."""
    is_open = newest is not None and newest.is_open
    if look.is_broken is None or look.is_broken == is_open:
        return Step()
    measurement = look.measurement(now_ms)
    if newest is not None and newest.is_open:
        return Step(replace(newest, resolved=measurement), State.RESOLVED)
    return Step(Breach(fired=measurement, latest=measurement), State.FIRING)


def level_looks(
    contract: Contract, states: Sequence[PartitionState], now_ms: int, listening_ms: int, known_ms: int
) -> Iterator[Look]:
    """Look at the levels by the clock, frequency and freshness; where partitions are dead or stuck, nobody should.

    Args:
        contract: the one in force.
        states: its partitions, those that recovery fills included.
        now_ms: the wall clock.
        listening_ms: since when alerts listens without a gap.
        known_ms: when the contract was first seen.
    """
    for level in contract.levels:
        if level.kind in ("frequency", "freshness"):
            found_ms = age_ms(level, states, now_ms, listening_ms)
            yield _level_look(contract, level, found_ms, now_ms, known_ms)


def age_ms(level: ServiceLevel, states: Sequence[PartitionState], now_ms: int, listening_ms: int) -> int | None:
    """How long ago the last valid record came, or its event was; None where there was none.

    What a pane says is held to the clock that it was written by, and what went by since to ours: clocks that differ, and
    panes that waited while alerts was down, make nobody silent.
    """
    ages = []
    for state in states:
        last_ms = state.last_valid_ms if level.kind == "frequency" else state.last_valid_event_ms
        if last_ms is not None:
            ages.append(max(0, state.at_ms - last_ms) + max(0, now_ms - max(state.seen_ms, listening_ms)))
    return min(ages, default=None)


def service_looks(
    contract: Contract, states: Sequence[PartitionState], now_ms: int, bounds: Bounds, known_ms: int
) -> Iterator[Look]:
    """Look whether somebody judges each partition of the contract's sources."""
    later = replace(bounds, dead_s=bounds.dead_s + SETTLE_S)
    stands = standings(contract, states, now_ms, later, known_ms)
    now_dead = [
        place for place, each in standings(contract, states, now_ms, bounds, known_ms).items() if each is Standing.DEAD
    ]
    settled = [place for place, each in stands.items() if each is Standing.DEAD]
    is_dead = True if settled else (None if now_dead else False)
    seen = [max(state.seen_ms, bounds.since_ms) for state in states if state.place in (settled or now_dead)]
    since_ms = min(seen, default=max(known_ms, bounds.since_ms))
    yield _dead_look(contract, is_dead, settled, len(stands), since_ms, now_ms)
    stuck = [place for place, each in stands.items() if each is Standing.STUCK]
    moved = [state.moved_ms for state in states if state.place in stuck]
    yield _stuck_look(contract, stuck, states, min(moved, default=now_ms), now_ms)


def platform_looks(
    dead: Collection[str], settled: Collection[str], away_since_ms: int | None, service_after_s: float, now_ms: int
) -> Iterator[Look]:
    """Look at what concerns all contracts: nobody judges any of several, and the registry does not answer.

    Args:
        dead: the contracts of which a partition is dead.
        settled: those of which it has been so for long enough to be told.
        away_since_ms: since when the registry does not answer, None while it does.
        service_after_s: how long it may be away.
        now_ms: the wall clock.
    """
    is_dead: bool | None = len(dead) > 1
    if is_dead and not settled:
        is_dead = None
    named = ", ".join(sorted(dead)[:MOST_NAMED]) + (
        f" and {len(dead) - MOST_NAMED} more" if len(dead) > MOST_NAMED else ""
    )
    yield Look(
        DEAD, ANY_CONTRACT, "", DEAD, Kind.SERVICE, is_dead, now_ms,
        "every partition is judged",
        f"no sign of validation for {len(dead)} contracts: {named}" if is_dead else "validation is heard of again",
        float(len(dead)),
        ("is assay.validation running, and does it reach the broker?",),
    )  # fmt: skip
    away_ms = 0 if away_since_ms is None else now_ms - away_since_ms
    is_away: bool | None = away_ms >= 1000 * service_after_s if away_since_ms is not None else False
    if away_since_ms is not None and not is_away:
        is_away = None
    yield Look(
        REGISTRY, ANY_CONTRACT, "", REGISTRY, Kind.SERVICE, is_away, away_since_ms or now_ms,
        "the registry answers",
        f"the registry has not answered for {away_ms // 1000} s; what was known of contracts stays in force"
        if is_away else "the registry answers again",
        away_ms / 1000,
        ("is assay.registry running, and does its store answer?",),
    )  # fmt: skip


def _level_look(contract: Contract, level: ServiceLevel, found_ms: int | None, now_ms: int, known_ms: int) -> Look:
    measured, waited_ms = measure_age(level, found_ms), now_ms - known_ms
    age = waited_ms if found_ms is None else found_ms
    is_broken: bool | None = age > (level.bound_ms or 0)
    if is_broken and any(
        each.meets(now_ms, now_ms + 1, contract.timezone) is not None for each in contract.maintenance
    ):
        is_broken = None
    return Look(
        fingerprint=level.fingerprint(contract.id),
        contract=contract.id,
        version=contract.version,
        promise=level.id,
        kind=Kind.PROMISE,
        is_broken=is_broken,
        since_ms=now_ms - age if is_broken else now_ms,
        promised=level.promised,
        measured=measured.words,
        value=age / 1000,
    )


def _dead_look(
    contract: Contract, is_dead: bool | None, dead: Collection[Partition], partitions: int, since_ms: int, now_ms: int
) -> Look:
    silent_s = (now_ms - since_ms) // 1000
    return Look(
        f"{DEAD}/{contract.id}", contract.id, contract.version, DEAD, Kind.SERVICE, is_dead, since_ms if is_dead else now_ms,
        "every partition is judged",
        f"no sign of validation on {len(dead)} of {_partitions(partitions)} for {silent_s} s ({_named(dead)})"
        if is_dead else "validation is heard of on every partition",
        float(len(dead)),
        ("is assay.validation running, and does it reach the broker?",),
    )  # fmt: skip


def _stuck_look(
    contract: Contract, stuck: Collection[Partition], states: Sequence[PartitionState], since_ms: int, now_ms: int
) -> Look:
    waiting = sum(state.log_end - state.next_offset for state in states if state.place in stuck)
    still_s = (now_ms - since_ms) // 1000
    return Look(
        f"{STUCK}/{contract.id}", contract.id, contract.version, STUCK, Kind.SERVICE, bool(stuck), since_ms,
        "records that arrive are judged",
        f"{_waiting(waiting)} on {_partitions(len(stuck))}, and none was judged for {still_s} s ({_named(stuck)})"
        if stuck else "records are judged again",
        float(waiting),
        ("what does the log of assay.validation say of this partition?",),
    )  # fmt: skip


def _waiting(records: int) -> str:
    return f"{records:,} records wait" if records != 1 else "1 record waits"


def _partitions(count: int) -> str:
    return f"{count} partitions" if count != 1 else "1 partition"


def _named(places: Collection[Partition]) -> str:
    named = [f"{each.topic}/{each.partition}" for each in sorted(places)]
    return ", ".join(named[:MOST_NAMED]) + (f" and {len(named) - MOST_NAMED} more" if len(named) > MOST_NAMED else "")


def _moment(ms: int) -> str:
    return datetime.datetime.fromtimestamp(ms / 1000, datetime.UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def halted(stands: Mapping[Partition, Standing]) -> str:
    """Why nothing of a contract can be measured, in words; empty where it can."""
    found = {*stands.values()}
    if Standing.DEAD in found:
        return "validation is not heard of"
    return "records wait and none is judged" if Standing.STUCK in found else ""
