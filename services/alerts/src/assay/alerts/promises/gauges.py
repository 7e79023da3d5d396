"""Shows promises as Prometheus metrics: what is promised, what was measured, and whether it is broken."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from prometheus_client import Gauge

from assay.alerts.promises.burn import in_words
from assay.alerts.promises.evaluate import Held, held_over
from assay.alerts.promises.standing import ContractStanding, PromiseStanding
from assay.alerts.promises.status import Status
from assay.contracts import Contract, ServiceLevel
from assay.telemetry import metrics

__all__ = ["Gauges", "target"]

Series = tuple[Gauge, tuple[str, ...]]


class Gauges:
    """Shows what it is given, and nothing that it was given before and is no more: promises that left are gone."""

    def __init__(self) -> None:
        self._shown: set[Series] = set()

    def show(self, contracts: Mapping[str, Contract], found: Iterable[ContractStanding]) -> None:
        """Set the series of these, and remove all others that were set here."""
        shown: set[Series] = set()
        for standing in found:
            for gauge, labels, value in _series(contracts.get(standing.contract), standing):
                gauge.labels(*labels).set(value)
                shown.add((gauge, labels))
        for gauge, labels in self._shown - shown:
            gauge.remove(*labels)
        self._shown = shown


def target(held: Held) -> float:
    """The number that is promised, in the unit in which it is measured: percent, rows, or seconds."""
    if isinstance(held, ServiceLevel):
        return held.percent if held.percent is not None else (held.bound_ms or 0) / 1000
    return float(held.threshold[-1])


def _series(contract: Contract | None, found: ContractStanding) -> Iterable[tuple[Gauge, tuple[str, ...], float]]:
    for status in Status:
        yield metrics.CONTRACT_STATUS, (found.contract, str(status)), float(found.status is status)
    held = {each.id: each for each in held_over(contract)} if contract is not None else {}
    for each in found.promises:
        if each.promise in held:
            yield metrics.PROMISE_TARGET, (found.contract, each.promise), target(held[each.promise])
        yield from _of_promise(found.contract, each)


def _of_promise(contract: str, found: PromiseStanding) -> Iterable[tuple[Gauge, tuple[str, ...], float]]:
    name = (contract, found.promise)
    yield metrics.PROMISE_BROKEN, name, float(found.status is Status.BROKEN)
    if found.value is not None:
        yield metrics.PROMISE_MEASURED, name, found.value
    for burn in found.burns:
        yield metrics.PROMISE_BURN_RATE, (*name, in_words(burn.over_s)), burn.rate
