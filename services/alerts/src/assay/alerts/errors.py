"""What goes wrong in alerts."""

from __future__ import annotations

from assay.runtime import AssayError, TransientError

__all__ = ["AlertsError", "MalformedMeasurementError", "OutboxError"]


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
