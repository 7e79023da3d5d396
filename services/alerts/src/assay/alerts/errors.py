"""What goes wrong in alerts."""

from __future__ import annotations

from assay.runtime import AssayError, TransientError

__all__ = ["AlertsError", "MalformedMeasurementError", "MalformedPaneError", "OutboxError", "UnreadableCountsError"]


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
