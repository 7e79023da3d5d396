"""How a contract and its promises stand, from what is known of them. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from assay.alerts.breaches import Breach
from assay.alerts.panes.standing import Bounds, PartitionState, Standing, standings
from assay.alerts.promises.burn import BurnRate
from assay.alerts.promises.clocks import age_ms, halted
from assay.alerts.promises.evaluate import Held, held_over
from assay.alerts.promises.history import Stand
from assay.alerts.promises.hysteresis import Memory
from assay.alerts.promises.status import Status, standing_of, worst
from assay.alerts.promises.survey import Survey
from assay.alerts.promises.turn import sources_of
from assay.contracts import Contract, ServiceLevel
from assay.streaming import Partition

__all__ = ["ContractStanding", "PartitionStanding", "PromiseStanding", "contract_standing"]

NOT_YET = "no window was measured yet"


@dataclass(frozen=True, slots=True)
class PromiseStanding:
    """How one promise stands; `value` is what its newest window came to, or the clock just now; None for neither."""

    promise: str
    fingerprint: str
    promised: str
    status: Status
    why: str = ""
    value: float | None = None
    start_ms: int | None = None
    """Of its newest window; None of what is looked at by the clock."""
    burns: tuple[BurnRate, ...] = ()
    breach: str = ""


@dataclass(frozen=True, slots=True)
class PartitionStanding:
    """How validation stands on one raw partition; no offsets where there was no pane."""

    place: Partition
    standing: Standing
    next_offset: int = 0
    log_end: int = 0


@dataclass(frozen=True, slots=True)
class ContractStanding:
    """How a contract stands: as its worst promise does."""

    contract: str
    version: str
    status: Status
    promises: tuple[PromiseStanding, ...] = ()
    watermark_ms: int | None = None
    partitions: tuple[PartitionStanding, ...] = ()


def contract_standing(
    contract: Contract, found: Survey, stands: Mapping[str, Stand], listening: Bounds, now_ms: int
) -> ContractStanding:
    """Return how a contract stands."""
    row = found.rows.get(contract.id)
    states = sources_of(contract, found.states.get(contract.id, ()))
    known = {state.place: state for state in states}
    stand_of = standings(contract, states, now_ms, listening, row.known_ms if row else now_ms)
    why = halted(stand_of)
    promises = tuple(
        _promise(contract, held, stands, found.open_breaches, states, why, listening, now_ms)
        for held in held_over(contract)
    )
    return ContractStanding(
        contract=contract.id,
        version=contract.version,
        status=worst(each.status for each in promises),
        promises=promises,
        watermark_ms=row.watermark_ms if row else None,
        partitions=tuple(_partition(place, each, known.get(place)) for place, each in stand_of.items()),
    )


def _promise(
    contract: Contract,
    held: Held,
    stands: Mapping[str, Stand],
    open_breaches: Mapping[str, Breach],
    states: list[PartitionState],
    why: str,
    listening: Bounds,
    now_ms: int,
) -> PromiseStanding:
    fingerprint = held.fingerprint(contract.id)
    breach, stand = open_breaches.get(fingerprint), stands.get(fingerprint)
    value, unknown = stand.value if stand else None, why
    if isinstance(held, ServiceLevel) and held.window is None:
        age = age_ms(held, states, now_ms, listening.since_ms)
        value = None if age is None else age / 1000
    elif not why and stand is None:
        unknown = NOT_YET
    status, because = standing_of(
        is_broken=breach is not None,
        unknown=unknown,
        memory=stand.memory if stand else Memory(),
        patience=held.patience,
        burns=stand.burns if stand else (),
    )
    return PromiseStanding(
        promise=held.id,
        fingerprint=fingerprint,
        promised=held.promised,
        status=status,
        why=because,
        value=value,
        start_ms=stand.start_ms if stand else None,
        burns=stand.burns if stand else (),
        breach=breach.id if breach else "",
    )


def _partition(place: Partition, standing: Standing, state: PartitionState | None) -> PartitionStanding:
    if state is None:
        return PartitionStanding(place, standing)
    return PartitionStanding(place, standing, state.next_offset, state.log_end)
