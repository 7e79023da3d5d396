"""What goes wrong in alerts."""

from __future__ import annotations

from collections.abc import Sequence

from assay.contracts import Finding
from assay.contracts.words import did_you_mean
from assay.runtime import AssayError, TransientError

__all__ = [
    "AlertsError",
    "BreachUnknownError",
    "ChannelUnknownError",
    "ChannelsFileError",
    "ContractUnknownError",
    "FaultError",
    "MalformedMeasurementError",
    "MalformedPaneError",
    "OutboxError",
    "OverloadedError",
    "PromiseUnknownError",
    "RequestError",
    "TimeUpError",
    "UnreadableCountsError",
]


class AlertsError(AssayError):
    """Base of the errors of this service."""


class MalformedMeasurementError(AlertsError):
    """A message on the topic of breaches says nothing that can be acted on."""

    def __init__(self, why: str) -> None:
        super().__init__(f"not a measurement: {why}")
        self.why = why


class MalformedPaneError(AlertsError):
    """A message on the topic of panes is none that validation writes."""

    def __init__(self, why: str) -> None:
        super().__init__(f"not a pane: {why}")
        self.why = why


class UnreadableCountsError(AlertsError):
    """The counts of a minute are of a form that is not known here."""

    def __init__(self, form: bytes) -> None:
        super().__init__(f"counts of form {form.hex() or 'none'} are of a newer Assay; start alerts at that version")
        self.form = form


class OutboxError(AlertsError, TransientError):
    """The outbox file couldn't be written."""

    def __init__(self, path: str, cause: OSError) -> None:
        super().__init__(f"can't write the outbox {path}: {cause}")
        self.path = path


class ChannelsFileError(AlertsError):
    """A channels file can't be used; each of its lines says where, what, and what to do."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__("\n".join(map(str, findings)))
        self.findings = tuple(findings)


class RequestError(AlertsError):
    """A field of the call can't be used as it is."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}")
        self.field = field


class BreachUnknownError(AlertsError):
    """No breach has an id that begins so, or more than one has."""

    def __init__(self, breach: str) -> None:
        super().__init__(
            f"not just one breach begins with {breach[:80]!r}; `assay alerts list` shows those that are known"
        )
        self.breach = breach[:80]


class ContractUnknownError(AlertsError):
    """No contract of this id is in force here."""

    def __init__(self, contract: str, near: str = "") -> None:
        super().__init__(
            f"no contract {contract[:80]!r} is in force here{near or '; `assay contract apply` publishes one'}"
        )
        self.contract = contract[:80]


class PromiseUnknownError(AlertsError):
    """The contract in force has no promise of this id."""

    def __init__(self, contract: str, promise: str, known: Sequence[str]) -> None:
        offered = f"it has {', '.join(known)}" if known else "it has none"
        super().__init__(f"{contract} has no promise {promise[:80]!r}{did_you_mean(promise[:80], known)} ({offered})")
        self.contract, self.promise = contract, promise[:80]


class ChannelUnknownError(AlertsError):
    """There is no channel of this name."""

    def __init__(self, channel: str, known: Sequence[str]) -> None:
        offered = ", ".join(sorted(known))
        super().__init__(
            f"no channel is called {channel[:80]!r}{did_you_mean(channel[:80], known)} (there are {offered})"
        )
        self.channel = channel[:80]


class OverloadedError(AlertsError, TransientError):
    """Too much of this is under way already."""

    def __init__(self, what: str, most: int) -> None:
        super().__init__(f"{most} {what} at most; try again later")
        self.what, self.most = what, most


class TimeUpError(AlertsError, TransientError):
    """An answer took longer than any may."""

    def __init__(self, what: str, after_s: float) -> None:
        super().__init__(f"{what} took longer than {after_s:g} s; ask for less")
        self.what, self.after_s = what, after_s


class FaultError(AlertsError):
    """Something is wrong with Assay itself; the log has where."""

    def __init__(self, kind: str) -> None:
        super().__init__(f"a fault of ours ({kind}); the log of the alerts service has where")
        self.kind = kind
