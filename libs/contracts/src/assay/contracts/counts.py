"""What a window came to: integers that add up, and what they mean for a promise. Pure; stream and warehouse use it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TypeVar

from assay.contracts.promise import Measured, Promise, percent_words
from assay.contracts.service_level import ServiceLevel, span
from assay.contracts.verdict import Reason

_Key = TypeVar("_Key")

__all__ = ["Counts", "budget", "measure", "measure_age"]

NO_RECORDS = "no records"
NOT_COUNTED = "not counted"


@dataclass(frozen=True, slots=True)
class Counts:
    """The records of one window, counted.

    `rows` are valid records that state a row, which all but deletes do; `failing` of them have a value that counts
    against a promise, by its id. `lateness` says how many of the `timed` records arrived at most so many milliseconds
    late. A promise or a bound that is not named was not counted.
    """

    rows: int = 0
    valid: int = 0
    refused: Mapping[str, int] = field(default_factory=dict)
    failing: Mapping[str, int] = field(default_factory=dict)
    lateness: Mapping[int, int] = field(default_factory=dict)
    timed: int = 0
    last_event_ms: int | None = None

    def __add__(self, other: Counts) -> Counts:
        """Both together. What was counted among the records of one alone is not counted in both, for it would be too few."""
        newest = [each.last_event_ms for each in (self, other) if each.last_event_ms is not None]
        return Counts(
            rows=self.rows + other.rows,
            valid=self.valid + other.valid,
            refused={
                name: self.refused.get(name, 0) + other.refused.get(name, 0)
                for name in dict.fromkeys((*self.refused, *other.refused))
            },
            failing=_both(self.failing, self.rows, other.failing, other.rows),
            lateness=_both(self.lateness, self.timed, other.lateness, other.timed),
            timed=self.timed + other.timed,
            last_event_ms=max(newest, default=None),
        )

    @property
    def judged(self) -> int:
        """All records, valid and refused; one that only waits counts when it went on."""
        return self.valid + sum(count for reason, count in self.refused.items() if reason != Reason.HELD)


def measure(promise: Promise | ServiceLevel, counts: Counts) -> Measured:
    """Hold the counts of a window to a promise; `kept` is None where there is nothing to hold to it.

    A window without records says nothing of what its records hold, but a promise about how many there are is held to 0.
    Levels by the clock (frequency, freshness) are no matter of counts: `measure_age` is for them.
    """
    if isinstance(promise, ServiceLevel):
        return _level(promise, counts)
    if promise.metric == "rowCount":
        return promise.measure(counts.rows, 0)
    if not counts.rows:
        return Measured(0.0, None, NO_RECORDS)
    failing = counts.failing.get(promise.id)
    return Measured(0.0, None, NOT_COUNTED) if failing is None else promise.measure(counts.rows, failing)


def measure_age(level: ServiceLevel, age_ms: int | None) -> Measured:
    """Hold to a level by the clock how long ago the last valid record came, or its event was; None is never."""
    what = "valid record" if level.kind == "frequency" else "event"
    if age_ms is None:
        return Measured(0.0, False, f"no {what} yet, promised {level.promised}")
    words = f"the last {what} was {_rounded(age_ms)} ago, promised {level.promised}"
    return Measured(age_ms / 1000, age_ms <= (level.bound_ms or 0), words)


def budget(promise: Promise | ServiceLevel) -> float | None:
    """The share of records that may be bad: 0.02 where it is at most 2 %; None where no share is promised."""
    if isinstance(promise, ServiceLevel):
        if promise.percent is None:
            return None
        percent = Fraction(str(promise.percent))
        return float((100 - percent if promise.kind == "latency" else percent) / 100)
    low, high = promise.threshold[0], promise.threshold[-1]
    is_most = promise.operator in ("mustBeLessOrEqualTo", "mustBeLessThan")
    is_none = promise.operator in ("mustBe", "mustBeBetween") and low == 0
    is_share = promise.unit == "percent" or (is_none and high == 0)
    return float(Fraction(str(high)) / 100) if promise.field and is_share and (is_most or is_none) else None


def _level(level: ServiceLevel, counts: Counts) -> Measured:
    if level.kind not in ("latency", "errorRate"):
        return Measured(0.0, None, NOT_COUNTED)
    records = counts.timed if level.kind == "latency" else counts.judged
    if not records:
        return Measured(0.0, None, NO_RECORDS)
    promised = f"promised {level.limit}{f' {level.window.phrase}' if level.window else ''}"
    limit = Fraction(str(level.percent))
    if level.kind == "errorRate":
        bad = records - counts.valid
        share = Fraction(100 * bad, records)
        words = f"{level.subject}: {_share(share, bad, records)}, {promised}"
        return Measured(float(share), share <= limit, words, records, bad)
    on_time = counts.lateness.get(level.bound_ms or 0)
    if on_time is None:
        return Measured(0.0, None, NOT_COUNTED)
    share = Fraction(100 * on_time, records)
    words = f"{level.subject}: {_share(share, on_time, records)}, {promised}"
    return Measured(float(share), share >= limit, words, records, records - on_time)


def _share(share: Fraction, of: int, records: int) -> str:
    return f"{percent_words(share)} ({of:,} of {records:,} record{'' if records == 1 else 's'})"


def _rounded(age_ms: int) -> str:
    """A time that passed, in whole units that people count in: exact below two minutes, then by the minute, and so on."""
    for size_ms, least_ms in ((86_400_000, 172_800_000), (3_600_000, 172_800_000), (60_000, 120_000), (1000, 0)):
        if age_ms >= least_ms:
            return span(age_ms - age_ms % size_ms)
    return span(age_ms)


def _both(one: Mapping[_Key, int], records: int, other: Mapping[_Key, int], others: int) -> dict[_Key, int]:
    """Sums by key of what was counted on both sides; a side without records has counted everything."""
    names = dict.fromkeys((*one, *other))
    counted = [name for name in names if (name in one or not records) and (name in other or not others)]
    return {name: one.get(name, 0) + other.get(name, 0) for name in counted}
