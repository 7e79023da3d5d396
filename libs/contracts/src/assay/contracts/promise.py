"""A promise about a day of records: how much may be missing or invalid, how many rows there must be."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

__all__ = ["METRICS", "OPERATORS", "Measured", "Promise"]

METRICS = {"nullValues": "missing", "missingValues": "missing", "invalidValues": "invalid", "rowCount": "rows"}
"""Metrics of ODCS that a window can measure, and the word for what they count."""

OPERATORS = {
    "mustBe": "exactly {0}",
    "mustNotBe": "anything but {0}",
    "mustBeGreaterThan": "more than {0}",
    "mustBeGreaterOrEqualTo": "at least {0}",
    "mustBeLessThan": "less than {0}",
    "mustBeLessOrEqualTo": "at most {0}",
    "mustBeBetween": "between {0} and {1}",
    "mustNotBeBetween": "not between {0} and {1}",
}
"""Operators of ODCS in words."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What a window shows: the value, whether the promise is kept, and both in words."""

    value: float
    kept: bool
    words: str


@dataclass(frozen=True, slots=True)
class Promise:
    """A quality line of a contract that Assay measures over a window of event time."""

    id: str
    field: str | None
    metric: Literal["nullValues", "missingValues", "invalidValues", "rowCount"]
    operator: str
    threshold: tuple[float, ...]
    unit: Literal["rows", "percent"] = "rows"
    window: str = "P1D"
    values: tuple[object, ...] = ()
    """What counts as missing besides null (missingValues), or as valid (invalidValues)."""

    @property
    def promised(self) -> str:
        """The promise in words: `arr_delay missing at most 20 % a day`."""
        return f"{self._subject} {self._limit} a day"

    def fingerprint(self, contract_id: str) -> str:
        """A stable name of this promise of that contract, the same in every process and version."""
        return hashlib.sha256(f"{contract_id}\n{self.id}".encode()).hexdigest()[:16]

    def fails(self, value: object) -> bool:
        """Whether one value counts as failing; rows of a rowCount never do."""
        if self.metric == "nullValues":
            return value is None
        if self.metric == "missingValues":
            return value is None or self._lists(value)
        return self.metric == "invalidValues" and value is not None and not self._lists(value)

    def measure(self, rows: int, failing: int) -> Measured:
        """Hold a window of that many rows, of which so many fail, to the promise.

        The comparison is exact: 1 of 5 rows is 20 %, not nearly. A share of no rows is 0 %.
        """
        counted = rows if self.metric == "rowCount" else failing
        exact = Fraction(100 * counted, max(rows, 1)) if self.unit == "percent" else Fraction(counted)
        kept = self._holds(exact)
        seen = f"{float(exact):.3g} % ({counted} of {rows} rows)" if self.unit == "percent" else f"{counted} rows"
        return Measured(float(exact), kept, f"{self._subject}: {seen}, promised {self._limit} a day")

    def _lists(self, value: object) -> bool:
        """Whether the value is one of those listed; a boolean is no number, whatever Python says."""
        return any(listed == value and isinstance(listed, bool) == isinstance(value, bool) for listed in self.values)

    @property
    def _subject(self) -> str:
        what = METRICS[self.metric]
        return f"{self.field} {what}" if self.field else what

    @property
    def _limit(self) -> str:
        limit = OPERATORS[self.operator].format(*(f"{value:g}" for value in self.threshold))
        return f"{limit} {'%' if self.unit == 'percent' else 'rows'}"

    def _holds(self, value: Fraction) -> bool:
        low, high = (Fraction(str(self.threshold[index])) for index in (0, -1))
        return {
            "mustBe": value == low,
            "mustNotBe": value != low,
            "mustBeGreaterThan": value > low,
            "mustBeGreaterOrEqualTo": value >= low,
            "mustBeLessThan": value < low,
            "mustBeLessOrEqualTo": value <= low,
            "mustBeBetween": low <= value <= high,
            "mustNotBeBetween": not low <= value <= high,
        }[self.operator]
