"""A promise about a window of records: how much may be missing or invalid, how many rows there must be."""

from __future__ import annotations

import hashlib
import math
import re
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from assay.contracts.patience import AT_ONCE, Patience
from assay.contracts.window import DAY, Window

__all__ = ["METRICS", "OPERATORS", "Measured", "Promise", "amount", "fingerprint", "percent_words", "rows_words"]

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

_NUMERAL = re.compile(r"-?[0-9]{1,60}(\.[0-9]{1,60})?", re.ASCII)


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
    """What counts as missing besides null (missingValues), or as valid (invalidValues); of a decimal field, decimals."""
    patience: Patience = AT_ONCE
    severity: str = ""
    driver: str = ""
    impact: str = ""
    """What it means for the business when it is broken, in the words of the contract."""

    @property
    def promised(self) -> str:
        """The promise in words: `arr_delay missing at most 20 % a day`, `between 10 and 20 rows an hour`."""
        return " ".join(filter(None, (self._subject, self._limit, self.window.phrase)))

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
        words = f"{self._seen(exact, counted, rows)}, promised {self._limit} {self.window.phrase}"
        return Measured(float(exact), kept, words, rows, 0 if self.metric == "rowCount" else failing)

    def _lists(self, value: object) -> bool:
        """Whether the value is one of those listed; a boolean is no number, whatever Python says."""
        if any(isinstance(listed, Decimal) for listed in self.values):  # then all are, and so is the field
            return amount(value) in self.values
        return any(listed == value and isinstance(listed, bool) == isinstance(value, bool) for listed in self.values)

    def _seen(self, share: Fraction, counted: int, rows: int) -> str:
        """What was counted, in words."""
        if self.metric == "rowCount":
            return rows_words(rows)
        if self.unit == "percent":
            return f"{self._subject}: {percent_words(share)} ({counted:,} of {rows_words(rows)})"
        return f"{self._subject} in {counted:,} of {rows_words(rows)}"

    @property
    def _subject(self) -> str:
        what = METRICS[self.metric]
        return "" if self.metric == "rowCount" else f"{self.field} {what}" if self.field else what

    @property
    def _limit(self) -> str:
        limit = OPERATORS[self.operator].format(*map(_number, self.threshold))
        if self.unit == "percent":
            return f"{limit} %"
        within = "" if self.metric == "rowCount" else "in "
        only = self.threshold[0] if len(self.threshold) == 1 else None
        if only == 0 and self.operator in ("mustBe", "mustBeLessOrEqualTo"):
            return f"{within}no rows"
        return f"{within}{limit} {'row' if only == 1 else 'rows'}"

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


def rows_words(rows: int) -> str:
    """A number of rows as people write it."""
    return "1 row" if rows == 1 else f"{rows:,} rows"


def _number(value: float) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:,.15g}"


def amount(value: object) -> Decimal | None:
    """The decimal that a value stands for, as text or as a number; None where it is none."""
    if isinstance(value, str):
        return Decimal(value) if _NUMERAL.fullmatch(value) else None
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return None
    return Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
