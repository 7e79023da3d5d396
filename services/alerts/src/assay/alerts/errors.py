"""What goes wrong in alerts."""

from __future__ import annotations

from collections.abc import Sequence

from assay.contracts import Finding
from assay.runtime import AssayError, TransientError

__all__ = ["AlertsError", "ChannelsFileError", "MalformedMeasurementError", "OutboxError"]


class AlertsError(AssayError):
    """Base of the errors of this service."""


class MalformedMeasurementError(AlertsError):
    """A message on the topic of breaches says nothing that can be acted on."""

    def __init__(self, why: str) -> None:
        super().__init__(f"not a measurement: {why}")
        self.why = why


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
