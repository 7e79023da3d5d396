"""Which breach another is most likely caused by, so that it is told with that one and not by itself. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from enum import IntEnum

from assay.alerts.breaches import Breach, Kind, Measurement
from assay.alerts.promises.clocks import ANY_CONTRACT, DEAD, REGISTRY
from assay.alerts.promises.evaluate import held_over
from assay.alerts.routing.lineage import sources
from assay.contracts import Contract, ServiceLevel

__all__ = ["Lineage", "Nature", "cause_of", "lineage", "nature_of"]

NEAR_MS = 600_000
"""An alarm on invalid records that began so long before a window, or earlier, is not why that window is broken."""


class Nature(IntEnum):
    """What a breach is of. Of one contract, one is caused by those before it alone: so nothing causes itself."""

    REGISTRY_AWAY = 0
    ALL_DEAD = 1
    DEAD = 2
    STUCK = 3
    SILENCE = 4
    INVALID_RECORDS = 5
    FRESHNESS = 6
    ERRORS = 7
    VOLUME = 8
    MISSING = 9
    OTHER = 10


_SERVICES = (Nature.REGISTRY_AWAY, Nature.ALL_DEAD, Nature.DEAD, Nature.STUCK)
_BY_SERVICE = (*_SERVICES, Nature.SILENCE, Nature.FRESHNESS, Nature.VOLUME, Nature.ERRORS)
_BY_SILENCE = (Nature.FRESHNESS, Nature.VOLUME)
_BY_ALARM = (Nature.ERRORS, Nature.VOLUME)


@dataclass(frozen=True, slots=True)
class Lineage:
    """The contracts from which each is made, directly or not; where two are made of each other, neither is."""

    above: Mapping[str, Set[str]] = field(default_factory=dict)

    def of(self, contract: str) -> Set[str]:
        """The contracts strictly upstream of one."""
        return self.above.get(contract, frozenset())

    def in_order(self, contracts: Iterable[str]) -> list[str]:
        """The contracts, each after those upstream of it."""
        return sorted(contracts, key=lambda each: (len(self.of(each)), each))


def lineage(contracts: Mapping[str, Contract]) -> Lineage:
    """Return what is upstream of what, by `assay.upstream`: a contract's id, or the name of its validated topic."""
    direct = sources(contracts)
    reached = {name: _reached(name, direct) for name in direct}
    return Lineage({name: frozenset(up for up in found if name not in reached[up]) for name, found in reached.items()})


def nature_of(measurement: Measurement, contract: Contract | None) -> Nature:
    """Return what a measurement is of; the contract is that in force."""
    if measurement.kind is Kind.SERVICE:
        if measurement.promise == REGISTRY:
            return Nature.REGISTRY_AWAY
        if measurement.promise == DEAD:
            return Nature.ALL_DEAD if measurement.contract == ANY_CONTRACT else Nature.DEAD
        return Nature.STUCK
    if measurement.kind is Kind.INVALID_RECORDS:
        return Nature.INVALID_RECORDS
    return _of_promise(measurement.promise, contract)


def cause_of(
    measurement: Measurement,
    contracts: Mapping[str, Contract],
    open_breaches: Iterable[Breach],
    upstream: Lineage,
    now_ms: int,
) -> Breach | None:
    """Return the open breach that most likely causes what a measurement says, None where it stands by itself.

    The first that holds: the registry is away, or validation is dead or stuck (for silence, freshness, volume and error
    rate: what records hold has other causes); a breach of a contract upstream whose windows overlap; silence of the same
    contract (for freshness and volume); an alarm on its invalid records that began about then (for error rate, volume,
    and missing values of the same field). Alarms always stand by themselves.
    """
    contract = contracts.get(measurement.contract)
    nature = nature_of(measurement, contract)
    if nature is Nature.INVALID_RECORDS:
        return None
    found: list[tuple[int, int, int, str, Breach]] = []
    for breach in open_breaches:
        its = nature_of(breach.fired, contracts.get(breach.fired.contract))
        place = _place(measurement, nature, contract, breach, its, upstream, now_ms)
        if place is not None:
            found.append((place, its, breach.fired.window_start_ms, breach.id, breach))
    return min(found, default=(0, 0, 0, "", None), key=lambda each: each[:4])[-1]


def _place(
    measurement: Measurement,
    nature: Nature,
    contract: Contract | None,
    breach: Breach,
    its: Nature,
    upstream: Lineage,
    now_ms: int,
) -> int | None:
    """The place of a breach among the causes, None where it is none."""
    is_same = breach.fired.contract == measurement.contract
    if its in (Nature.REGISTRY_AWAY, Nature.ALL_DEAD) or (its in _SERVICES and is_same):
        return its if its < nature and nature in _BY_SERVICE else None
    if nature in _SERVICES:
        return None
    if breach.fired.contract in upstream.of(measurement.contract):
        return 4 if its is not Nature.INVALID_RECORDS and _overlap(breach, measurement) else None
    if not is_same:
        return None
    if its is Nature.SILENCE:
        return 5 if nature in _BY_SILENCE else None
    if its is Nature.INVALID_RECORDS:
        is_of_it = nature in _BY_ALARM or (nature is Nature.MISSING and _is_same_field(measurement, contract, breach))
        return 6 if is_of_it and _is_near(breach, measurement, now_ms) else None
    return None


def _overlap(breach: Breach, measurement: Measurement) -> bool:
    """Whether a breach that is open began before a window was over: it goes on until it is said to be over."""
    return breach.fired.window_start_ms < measurement.window_end_ms


def _is_near(alarm: Breach, measurement: Measurement, now_ms: int) -> bool:
    """Whether an alarm was raised while the window was open, or shortly before; both by the clock of the wall."""
    length_ms = measurement.window_end_ms - measurement.window_start_ms
    return now_ms - (alarm.fired_at_ms or alarm.fired.window_start_ms) <= length_ms + NEAR_MS


def _is_same_field(measurement: Measurement, contract: Contract | None, alarm: Breach) -> bool:
    held = next((each for each in contract.promises if each.id == measurement.promise), None) if contract else None
    parts = [part.replace("~1", "/").replace("~0", "~") for part in alarm.fired.path.split("/")[1:]]
    return bool(held and held.field and parts) and ".".join(part for part in parts if part != "*") == (
        held.field if held else ""
    )


def _of_promise(promise: str, contract: Contract | None) -> Nature:
    held = next((each for each in held_over(contract) if each.id == promise), None) if contract else None
    if isinstance(held, ServiceLevel):
        return {"frequency": Nature.SILENCE, "freshness": Nature.FRESHNESS, "errorRate": Nature.ERRORS}.get(
            held.kind, Nature.OTHER
        )
    if held is None:
        return Nature.OTHER
    return {"rowCount": Nature.VOLUME, "nullValues": Nature.MISSING, "missingValues": Nature.MISSING}.get(
        held.metric, Nature.OTHER
    )


def _reached(start: str, direct: Mapping[str, Sequence[str]]) -> Set[str]:
    """All that is upstream of a contract; itself, where it is made of itself."""
    found: set[str] = set()
    waiting = [*direct[start]]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting.extend(direct[name])
    return found
