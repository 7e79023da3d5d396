"""The life of a breach: what a measurement makes of the newest breach of its promise, and whether people hear of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from assay.alerts.promises.evaluation import Evaluation

__all__ = ["Breach", "Kind", "Measurement", "Recipient", "Role", "Severity", "State", "Step", "step"]


class State(StrEnum):
    """What a measurement says of its promise, and what a notice says of its breach."""

    FIRING = "firing"
    RESOLVED = "resolved"


class Kind(StrEnum):
    """What a measurement is about."""

    PROMISE = "promise"
    INVALID_RECORDS = "invalid records"
    SERVICE = "service"
    """The machine that watches: promises can't be measured meanwhile."""


@dataclass(frozen=True, slots=True)
class Measurement:
    """What a promise came to in one window; `promised`, `measured` and `window` are words for people.

    Of invalid records `path` says which field is in question, `cause` what has most likely happened, `first_steps` what
    to do about it.
    """

    fingerprint: str
    contract: str
    contract_version: str
    promise: str
    promised: str
    measured: str
    value: float
    window: str
    window_start_ms: int
    window_end_ms: int
    state: State
    kind: Kind = Kind.PROMISE
    path: str = ""
    cause: str = ""
    first_steps: tuple[str, ...] = ()
    severity: str = ""
    """How bad it is by what was measured; empty where that says nothing of it."""


class Severity(StrEnum):
    """How bad a breach is."""

    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"


class Role(StrEnum):
    """What someone who is told has to do with the contract that is broken."""

    OWNER = "owner"
    CONSUMER = "consumer"
    UPSTREAM = "upstream"
    DOWNSTREAM = "downstream"
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class Recipient:
    """Someone who is told: `contact` is of the kind that `tool` names, `why` says in words why this one is told.

    `kind` is what a consumer says it is: model, report.
    """

    id: str
    contact: str
    role: Role = Role.OWNER
    tool: str = ""
    why: str = ""
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Breach:
    """One promise broken over one or more windows, until it is kept again.

    `recipients` are those who were told when it fired: the same are told that it is over. One that is `under` another is
    told with that one, its most likely cause, and not by itself; `is_told` says whether it was told by itself. Of a window
    that was found broken again after it was told to be kept, `again` counts. `evidence` are the newest windows of the
    promise, the oldest first. `fired_at_ms` and `over_at_ms` are by the clock of the wall, 0 where that is not known.
    """

    fired: Measurement
    latest: Measurement
    resolved: Measurement | None = None
    recipients: tuple[Recipient, ...] = ()
    again: int = 0
    under: str = ""
    is_told: bool = True
    severity: Severity = Severity.WARNING
    severity_reasons: tuple[str, ...] = ()
    evidence: tuple[Evaluation, ...] = ()
    fired_at_ms: int = 0
    over_at_ms: int = 0

    @property
    def id(self) -> str:
        """The same for every reading of the same measurements."""
        return f"{self.fired.fingerprint}-{self.fired.window_start_ms}{f'-{self.again}' if self.again else ''}"

    @property
    def is_open(self) -> bool:
        """Whether the promise is still broken."""
        return self.resolved is None


@dataclass(frozen=True, slots=True)
class Step:
    """What to write and what to say; both None where the measurement was heard before, or is older than what is known."""

    breach: Breach | None = None
    notice: State | None = None


def step(newest: Breach | None, measurement: Measurement) -> Step:
    """Return what `measurement` makes of the newest breach of its fingerprint.

    A problem is said once when it fires and once when it is over, however often and in whatever order its windows
    arrive: a window may break a promise once, and a window older than the newest one known changes nothing.
    """
    if measurement.state is State.RESOLVED:
        return _resolve(newest, measurement)
    if newest is None:
        return _open(measurement)
    if newest.resolved is not None:
        return _open(measurement) if _follows(newest, newest.resolved, measurement) else Step()
    if measurement.window_start_ms < newest.latest.window_start_ms or measurement == newest.latest:
        return Step()
    return Step(replace(newest, latest=measurement))


def _open(measurement: Measurement) -> Step:
    return Step(Breach(fired=measurement, latest=measurement), State.FIRING)


def _resolve(newest: Breach | None, measurement: Measurement) -> Step:
    if newest is None or not newest.is_open or measurement.window_start_ms < newest.latest.window_start_ms:
        return Step()
    return Step(replace(newest, resolved=measurement), State.RESOLVED)


def _follows(breach: Breach, resolved: Measurement, measurement: Measurement) -> bool:
    """A window that `breach` has not seen firing, and not older than the one that resolved it."""
    start_ms = measurement.window_start_ms
    return start_ms > breach.latest.window_start_ms and start_ms >= resolved.window_start_ms
