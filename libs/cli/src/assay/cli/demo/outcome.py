"""What a demo run comes to: the numbers that the table, the JSON and the report show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from assay.cli.demo.watched import Watched

__all__ = ["AlarmStory", "BreachStory", "Check", "Counts", "DayMeasured", "Outcome", "StayingLetters"]


@dataclass(frozen=True, slots=True)
class Counts:
    """Records of one contract, as an independent reader counted them."""

    raw: int
    replayed: int
    validated: int
    dead_letters: int
    repaired: int
    lake: int
    warehouse: int


@dataclass(frozen=True, slots=True)
class Check:
    """One claim of the demo, whether it holds, and the numbers behind it."""

    name: str
    ok: bool
    detail: str


@dataclass(frozen=True, slots=True)
class DayMeasured:
    """What a promise came to on one day."""

    day: str
    rows: int
    percent: float
    kept: bool


@dataclass(frozen=True, slots=True)
class BreachStory:
    """One breach from the day it fired to the day it was over; `resolved_on` is None while it fires."""

    promised: str
    fired_on: str
    fired_measured: str
    latest_on: str
    latest_measured: str
    resolved_on: str | None
    resolved_measured: str | None
    told: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AlarmStory:
    """One alarm about invalid records: what was told, to whom, and whether it is over."""

    fingerprint: str
    measured: str
    is_over: bool
    told: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StayingLetters:
    """Dead letters that failed in one way: how many, how many came back, and why the others stay."""

    contract: str
    reason: str
    where: str
    dead_letters: int
    replayed: int
    explanation: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """Everything a run of the demo found."""

    broker: str
    seconds: float
    counts: Mapping[str, Counts]
    days: tuple[DayMeasured, ...]
    breaches: tuple[BreachStory, ...]
    letters: tuple[StayingLetters, ...]
    checks: tuple[Check, ...]
    alarms: tuple[AlarmStory, ...] = ()
    watched: Watched = field(default_factory=Watched)

    @property
    def fired(self) -> int:
        """How many breaches fired."""
        return len(self.breaches)

    @property
    def resolved(self) -> int:
        """How many breaches are over."""
        return sum(breach.resolved_on is not None for breach in self.breaches)

    @property
    def ok(self) -> bool:
        """Every check holds."""
        return all(check.ok for check in self.checks)

    def as_json(self) -> dict[str, object]:
        """Answer the object that `assay demo --json` prints."""
        return {
            "broker": self.broker,
            "seconds": round(self.seconds, 1),
            "records": {contract: asdict(counts) for contract, counts in self.counts.items()},
            "breaches": {"fired": self.fired, "resolved": self.resolved},
            "alarms": {"fired": len(self.alarms), "over": sum(alarm.is_over for alarm in self.alarms)},
            "drift": self.watched.as_json(),
            "checks": [asdict(check) for check in self.checks],
        }
