"""What the SDK refuses or could not do."""

from __future__ import annotations

__all__ = ["ClientError", "ProducerClosedError", "RecordTooLargeError", "UndeliveredError"]


class ClientError(Exception):
    """Base of the SDK's errors."""


class ProducerClosedError(ClientError):
    """The producer's block has ended; nothing more can be emitted."""

    def __init__(self) -> None:
        super().__init__("the producer is closed; emit inside its `async with` block")


class RecordTooLargeError(ClientError):
    """The record is above the size limit and was not emitted."""

    def __init__(self, contract: str, size_bytes: int, limit_bytes: int) -> None:
        self.contract, self.size_bytes, self.limit_bytes = contract, size_bytes, limit_bytes
        super().__init__(f"a record of {contract} has {size_bytes} bytes, the limit is {limit_bytes}; send less of it")


class UndeliveredError(ClientError):
    """The gateway did not answer for the event in time; the event may or may not have been taken."""

    def __init__(self, event_id: str, cause: str) -> None:
        self.event_id, self.cause = event_id, cause
        super().__init__(f"event {event_id} was not delivered: {cause}")
