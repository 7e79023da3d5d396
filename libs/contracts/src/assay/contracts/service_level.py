"""A service level that Assay measures: how late, how often, how fresh, how few refused."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from assay.contracts.patience import AT_ONCE, Patience
from assay.contracts.promise import fingerprint
from assay.contracts.window import DAY, Window

__all__ = ["LevelKind", "ServiceLevel", "span"]

LevelKind = Literal["latency", "errorRate", "frequency", "freshness"]

_UNITS = (("day", 86_400_000), ("hour", 3_600_000), ("minute", 60_000), ("second", 1000), ("millisecond", 1))


@dataclass(frozen=True, slots=True)
class ServiceLevel:
    """A promise about a stream as a whole.

    - `latency`: at least `percent` of the records of a window arrive within `bound_ms` of their event.
    - `errorRate`: at most `percent` of the records of a window are refused.
    - `frequency`: a valid record arrives at least every `bound_ms`, by the clock of the wall.
    - `freshness`: the newest event of a valid record is at most `bound_ms` old, by the clock of the wall.
    """

    id: str
    kind: LevelKind
    bound_ms: int | None = None
    percent: float | None = None
    window: Window | None = None
    driver: str = ""
    patience: Patience = AT_ONCE

    @property
    def promised(self) -> str:
        """The promise in words: `at least 99 % of records arrive within 15 minutes of their event, over an hour`."""
        window = self.window or DAY
        match self.kind:
            case "latency":
                return f"{self.limit} of records arrive {self.subject.removeprefix('records ')}, over {window.span}"
            case "errorRate":
                return f"{self.limit} of {self.subject} {window.phrase}"
        return f"{self.subject} {self.limit}"

    @property
    def subject(self) -> str:
        """What is measured: `records within 15 minutes of their event`, `records refused`."""
        match self.kind:
            case "latency":
                return f"records within {span(self.bound_ms or 0)} of their event"
            case "errorRate":
                return "records refused"
            case "frequency":
                return "a valid record"
        return "the newest event"

    @property
    def limit(self) -> str:
        """The number that is promised: `at least 99 %`, `at most 1 %`, `at least every 5 minutes`."""
        match self.kind:
            case "latency":
                return f"at least {self.percent:g} %"
            case "errorRate":
                return f"at most {self.percent:g} %"
            case "frequency":
                return f"at least every {span(self.bound_ms or 0).removeprefix('1 ')}"
        return f"at most {span(self.bound_ms or 0)} old"

    def fingerprint(self, contract_id: str) -> str:
        """A stable name of this level of that contract, the same in every process and version."""
        return fingerprint(contract_id, self.id)


def span(ms: int) -> str:
    """A length of time in words, in the largest unit that says it exactly: `1 day`, `90 seconds`."""
    for name, size in _UNITS:
        if ms and ms % size == 0:
            count = ms // size
            return f"{count:,} {name}{'' if count == 1 else 's'}"
    return "0 seconds"
