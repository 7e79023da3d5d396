"""What can go wrong between Assay and Kafka."""

from __future__ import annotations

from assay.runtime.errors import AssayError, StartError, TransientError

__all__ = ["BrokerError", "BrokerUnreachableError", "GroupLostError", "HeaderError", "RefusedRecordError", "TopicError"]


class BrokerError(TransientError):
    """The broker didn't take or give what was asked; the same may succeed later."""


class BrokerUnreachableError(StartError, BrokerError):
    """No broker answers at the address."""

    def __init__(self, broker: str) -> None:
        self.broker = broker
        super().__init__(f"no Kafka broker answers at {broker}; start one, or name another with --broker host:port")


class GroupLostError(AssayError):
    """The client no longer takes part in its consumer group and will not again: the process has to start anew."""

    def __init__(self, group: str, cause: object) -> None:
        self.group = group
        super().__init__(
            f"the consumer of group {group} gave up its part in the group: {cause or 'it does not say why'}"
        )


class RefusedRecordError(AssayError):
    """The broker refuses a record for what it is: its size or its timestamp."""


class TopicError(AssayError):
    """Topics are not as their contract says; `problems` holds a line for each."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("; ".join(problems))


class HeaderError(AssayError):
    """A header of ours can't be read."""
