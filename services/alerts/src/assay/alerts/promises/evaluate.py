"""What a promise came to in one window. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import reduce
from operator import add

from assay.alerts.promises.evaluation import Evaluation, Outcome
from assay.alerts.promises.windows import Span
from assay.contracts import Contract, Counts, Measured, Promise, ServiceLevel, Window, measure

__all__ = ["Held", "counted", "evaluate", "held_over", "measured_over", "revised"]

Held = Promise | ServiceLevel
"""What a contract is held to: a quality line or a service level."""


def measured_over(contract: Contract) -> Mapping[Window, Sequence[Held]]:
    """The promises of a contract that are measured over windows, by window."""
    found: dict[Window, list[Held]] = {}
    for held in held_over(contract):
        if held.window is not None:
            found.setdefault(held.window, []).append(held)
    return found


def held_over(contract: Contract) -> Sequence[Held]:
    """All that a contract is held to, over windows or by the clock."""
    return (*contract.promises, *contract.levels)


def counted(held: Held, by_version: Mapping[str, Counts]) -> Counts:
    """Add up the counts of all versions; those of a version that did not count this promise are not of its records."""
    return reduce(add, (each for each in by_version.values() if _counts(held, each)), Counts())


def evaluate(contract: Contract, held: Held, span: Span, by_version: Mapping[str, Counts], at_ms: int) -> Evaluation:
    """Hold the counts of a window to a promise of the contract in force."""
    start_ms, end_ms = span
    measured = measure(held, counted(held, by_version))
    return Evaluation(
        fingerprint=held.fingerprint(contract.id),
        contract=contract.id,
        version=contract.version,
        promise=held.id,
        start_ms=start_ms,
        end_ms=end_ms,
        outcome=_outcome(contract, held, span, measured),
        records=measured.records,
        bad=measured.bad,
        value=measured.value,
        words=measured.words,
        at_ms=at_ms,
    )


def _outcome(contract: Contract, held: Held, span: Span, measured: Measured) -> Outcome:
    if any(each.meets(*span, contract.timezone) is not None for each in contract.maintenance):
        return Outcome.MAINTENANCE
    if measured.kept is None or measured.records < held.patience.min_records:
        return Outcome.INSUFFICIENT
    return Outcome.KEPT if measured.kept else Outcome.BROKEN


def _counts(held: Held, counts: Counts) -> bool:
    if isinstance(held, Promise):
        return held.metric == "rowCount" or held.id in counts.failing
    return held.kind != "latency" or held.bound_ms in counts.lateness


def revised(before: Evaluation, again: Evaluation) -> Evaluation | None:
    """The next revision of a window, None where another look found the same."""
    return None if before.says_the_same(again) else replace(again, revision=before.revision + 1)
