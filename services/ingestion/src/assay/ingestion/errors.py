"""What the gateway answers to a call as a whole."""

from __future__ import annotations

from assay.runtime import AssayError, TransientError

__all__ = ["BatchSizeError", "BrokerAwayError", "IngestionError", "OverloadedError"]


class IngestionError(AssayError):
    """Base of the gateway's errors."""


class BatchSizeError(IngestionError):
    """The call has no events, or too many."""

    def __init__(self, events: int, limit: int) -> None:
        self.events, self.limit = events, limit
        super().__init__(f"the call has {events} events; send 1 to {limit}")


class BrokerAwayError(IngestionError, TransientError):
    """The broker does not answer; nothing of the call is acknowledged."""

    def __init__(self) -> None:
        super().__init__("the broker does not answer; try again with the same event ids")


class OverloadedError(IngestionError, TransientError):
    """As many calls are under way as there may be; nothing of this one was taken."""

    def __init__(self) -> None:
        super().__init__("too many calls are under way; try again with the same event ids")
