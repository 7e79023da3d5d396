"""How far beyond its limit a measurement is: times what is allowed. Pure."""

from __future__ import annotations

from assay.alerts.breaches import Measurement
from assay.contracts import Contract, Promise, ServiceLevel
from assay.contracts.promise import OPERATORS

__all__ = ["FAR", "beyond", "far", "held_to", "limit_of", "limit_words", "promise_of"]

FAR = 2.0
"""From so many times what is allowed on, a promise is broken by far."""

NOTHING = 1e9
"""Of nothing at all it is no multiple; so many times stand for it."""

AT_LEAST = ("mustBeGreaterThan", "mustBeGreaterOrEqualTo")
AT_MOST = ("mustBeLessThan", "mustBeLessOrEqualTo")


def held_to(contract: Contract | None) -> tuple[Promise | ServiceLevel, ...]:
    """All that a contract is held to: quality lines, then service levels."""
    return (*contract.promises, *contract.levels) if contract is not None else ()


def promise_of(contract: Contract | None, measurement: Measurement) -> Promise | ServiceLevel | None:
    """The quality line or service level that was measured; None where the contract in force has none of that id."""
    return next((each for each in held_to(contract) if each.id == measurement.promise), None)


def limit_of(promise: Promise | ServiceLevel | None) -> float | None:
    """The value that must not be crossed, in the unit of what is measured; None where it is no single one."""
    if isinstance(promise, ServiceLevel):
        return promise.percent if promise.bound_ms is None or promise.kind == "latency" else promise.bound_ms / 1000
    if promise is None or promise.operator == "mustNotBe" or len(promise.threshold) != 1:
        return None
    return promise.threshold[0]


def limit_words(promise: Promise | ServiceLevel) -> str:
    """What is promised as one number with its sign: `at most 2 %`, `at least every 5 minutes`."""
    if isinstance(promise, ServiceLevel):
        return promise.limit
    limit = OPERATORS[promise.operator].format(*(f"{value:,g}" for value in promise.threshold))
    return f"{limit} {'%' if promise.unit == 'percent' else 'rows'}"


def far(promise: Promise | ServiceLevel | None, value: float) -> str:
    """How far beyond what is allowed it is, in words; nothing where that is not far."""
    times = beyond(promise, value)
    if times is None or times < FAR:
        return ""
    if isinstance(promise, Promise) and promise.operator in AT_LEAST:
        return f"{100 / times:.3g} % of what is promised"
    return f"{times:.3g} times what is allowed"


def beyond(promise: Promise | ServiceLevel | None, value: float) -> float | None:
    """How many times what is allowed it is; None where that is no multiple, as of nothing at all."""
    if isinstance(promise, ServiceLevel):
        return _level(promise, value)
    if promise is None or promise.operator == "mustNotBe":
        return None
    low, high = promise.threshold[0], promise.threshold[-1]
    if promise.operator in AT_LEAST or (promise.operator not in AT_MOST and value < low):
        return _times(low, max(value, low / NOTHING))
    return _times(value, high)


def _level(level: ServiceLevel, value: float) -> float | None:
    if level.kind == "latency":
        return _times(100 - value, 100 - (level.percent or 0.0))
    limit = limit_of(level)
    return None if limit is None else _times(value, limit)


def _times(found: float, allowed: float) -> float | None:
    if allowed <= 0:
        return None
    return found / allowed
