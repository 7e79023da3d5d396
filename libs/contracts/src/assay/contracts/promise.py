"""A promise about a window of records: how much may be missing or invalid, how many rows there must be."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from assay.contracts.patience import AT_ONCE, Patience
from assay.contracts.window import DAY, Window

__all__ = ["METRICS", "OPERATORS", "Measured", "Promise", "fingerprint", "percent_words"]

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
    """What a window shows: the value, whether the promise is kept, and both in words.

    `kept` is None where there was nothing to hold to the promise. `bad` of the `records` count against it.
    """

    value: float
    kept: bool | None
    words: str
    records: int = 0
    bad: int = 0


@dataclass(frozen=True, slots=True)
class Promise:
    """A quality line of a contract that Assay measures over a window of event time."""

    id: str
    field: str | None
    metric: Literal["nullValues", "missingValues", "invalidValues", "rowCount"]
    operator: str
    threshold: tuple[float, ...]
    unit: Literal["rows", "percent"] = "rows"
    window: Window = DAY
    values: tuple[object, ...] = ()
    """What counts as missing besides null (missingValues), or as valid (invalidValues)."""
    patience: Patience = AT_ONCE
    severity: str = ""
    driver: str = ""
    impact: str = ""
    """What it means for the business when it is broken, in the words of the contract."""

    @property
    def promised(self) -> str:
        """The promise in words: `arr_delay missing at most 20 % a day`."""
        return f"{self._subject} {self._limit} {self.window.phrase}"

    def fingerprint(self, contract_id: str) -> str:
        """A stable name of this promise of that contract, the same in every process and version."""
        return fingerprint(contract_id, self.id)

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
        seen = f"{percent_words(exact)} ({counted} of {rows} rows)" if self.unit == "percent" else f"{counted} rows"
        words = f"{self._subject}: {seen}, promised {self._limit} {self.window.phrase}"
        return Measured(float(exact), kept, words, rows, 0 if self.metric == "rowCount" else failing)

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


def fingerprint(contract_id: str, promise: str) -> str:
    """The stable name of a promise of a contract, by its id."""
    return hashlib.sha256(f"{contract_id}\n{promise}".encode()).hexdigest()[:16]


def percent_words(share: Fraction) -> str:
    """A share as people read it: `51.3 %`, and as many digits more as keep it apart from all."""
    if not 0 < share < 100:
        return f"{float(share):g} %"
    digits = max(2 - math.floor(math.log10(share)), 1 - math.floor(math.log10(100 - share)))
    return f"{float(round(share, digits)):g} %"
