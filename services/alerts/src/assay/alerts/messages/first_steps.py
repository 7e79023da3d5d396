"""What to do first, as commands that are typed as they stand: for each kind of promise its own. Pure."""

from __future__ import annotations

import re

from assay.alerts.breaches import Breach, Kind, Measurement
from assay.alerts.plain import plain
from assay.contracts import Promise, ServiceLevel

__all__ = ["MOST", "first_steps", "word"]

MOST = 8
_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/:@-]{0,200}")


def first_steps(breach: Breach, measurement: Measurement, promise: Promise | ServiceLevel | None) -> tuple[str, ...]:
    """Return the commands, the first to run first; those that the measurement brings stand as they are."""
    brought = tuple(plain(step) for step in measurement.first_steps[:MOST])
    if brought and measurement.kind is not Kind.SERVICE:
        return brought
    show = f"assay alerts show {word(breach.id, 'ID')}"
    contract = word(measurement.contract, "CONTRACT")
    if measurement.kind is Kind.SERVICE:
        return (*brought, f"assay alerts status {word(measurement.contract, '')}".strip(), show)
    if measurement.kind is Kind.INVALID_RECORDS:
        return (f"assay dead-letters list {contract}", show)
    return (show, *_by_promise(contract, promise))


def word(text: str, otherwise: str) -> str:
    """Return the text where it is one harmless word of a command, else the other word in its place."""
    return text if _WORD.fullmatch(text) else otherwise


def _by_promise(contract: str, promise: Promise | ServiceLevel | None) -> tuple[str, ...]:
    if isinstance(promise, ServiceLevel):
        if promise.kind == "latency":
            return (f"assay alerts status {contract}",)
        if promise.kind == "errorRate":
            return (f"assay dead-letters list {contract} --since 24h",)
        return (f"assay alerts status {contract}", f"assay dead-letters list {contract} --since 24h")
    if promise is not None and promise.metric == "rowCount":
        return (f"assay dead-letters list {contract} --since 24h", f"assay alerts status {contract}")
    return (f"assay alerts status {contract}",)
