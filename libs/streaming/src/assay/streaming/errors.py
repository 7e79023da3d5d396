"""What can go wrong between Assay and Kafka."""

from __future__ import annotations

from assay.runtime.errors import AssayError, StartError, TransientError

__all__ = [
    "BrokerError",
    "BrokerUnreachableError",
    "GroupLostError",
    "HeaderError",
    "KeyUnknownError",
    "RefusedRecordError",
    "SealError",
    "StalledError",
    "TopicError",
]


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


class KeyUnknownError(AssayError):
    """A dead letter names a key that is not held here."""

    def __init__(self, key_id: str) -> None:
        self.key_id = key_id
        super().__init__(f"the key {key_id[:64]!r} is not in the key file; ask the owner of the contract for it")


class SealError(AssayError):
    """What is sealed does not open: it was changed, or moved from another record."""

    def __init__(self, place: str) -> None:
        self.place = place
        super().__init__(f"the sealed dead letter {place} does not open: it is not what was sealed")


class StalledError(AssayError):
    """A partition has records waiting and does not move; a process that starts anew may move it."""

    def __init__(self, group: str, partition: str, lag: int, still_s: float) -> None:
        self.group, self.partition, self.lag, self.still_s = group, partition, lag, still_s
        super().__init__(f"{group} has not moved {partition} for {still_s:.0f} s, and {lag} records wait there")
