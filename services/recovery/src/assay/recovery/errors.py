"""What can go wrong in recovery, and what it refuses."""

from __future__ import annotations

from collections.abc import Sequence

from assay.contracts import Finding
from assay.runtime import AssayError, TransientError

__all__ = [
    "ContractUnknownError",
    "ContractsUnheardError",
    "DraftError",
    "FailureUnknownError",
    "FaultError",
    "FlowUnknownError",
    "IndexBehindError",
    "KeysMissingError",
    "LetterUnknownError",
    "NotSeatedError",
    "NotTriedError",
    "OverloadedError",
    "ReasonMissingError",
    "RecoveryError",
    "RequestError",
    "RunEndedError",
    "RunUnknownError",
    "TimeUpError",
    "TopicAnewError",
    "TopicsMissingError",
    "ValueRefusedError",
]

MAX_FINDINGS = 5


class RecoveryError(AssayError):
    """Base of recovery's errors."""


class NotSeatedError(RecoveryError, TransientError):
    """No contract in force names this topic any more; its partitions are about to be given up."""

    def __init__(self, topic: str) -> None:
        self.topic = topic
        super().__init__(f"no contract in force names the dead letters of {topic}")


class TopicAnewError(RecoveryError, TransientError):
    """Dead letters are settled that the topic has never had: it was made anew, and what is known of it was not."""

    def __init__(self, partition: str, end: int, settled: str, settled_end: int) -> None:
        self.partition = partition
        self.end = end
        super().__init__(
            f"{partition} ends at {end}, and dead letters up to {settled_end} are settled: its topic was made anew;"
            f" stop recovery, delete {settled} too, drop the index, and `assay contract apply`"
        )


class RequestError(RecoveryError):
    """A field of the call can't be used as it is."""

    def __init__(self, field: str, problem: str) -> None:
        self.field = field
        super().__init__(f"{field}: {problem}")


class ReasonMissingError(RecoveryError):
    """A change is asked for, and the call does not say why."""

    def __init__(self) -> None:
        super().__init__("say why: the audit keeps a reason of every change; send it as metadata assay-reason-bin")


class DraftError(RecoveryError):
    """The flow that is to be tried is none, or not of this contract; every finding has its line."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        self.findings = len(findings)
        told = [f"line {finding.line}: {finding.message}" for finding in findings[:MAX_FINDINGS]]
        super().__init__("the draft can't be tried: " + "; ".join(told))


class ContractUnknownError(RecoveryError):
    """No contract of this id is in force here."""

    def __init__(self, contract: str) -> None:
        self.contract = contract
        super().__init__(
            f"no contract {contract!r} is in force here; publish it with `assay contract apply`, or correct the name"
        )


class ContractsUnheardError(RecoveryError, TransientError):
    """This process has just started, and the registry has not told of all contracts yet."""

    def __init__(self) -> None:
        super().__init__("the registry has not told of its contracts yet; try again")


class TopicsMissingError(RecoveryError):
    """The topics of a contract are not there."""

    def __init__(self, contract: str, problem: str) -> None:
        self.contract = contract
        super().__init__(problem)


class FailureUnknownError(RecoveryError):
    """No failure has a fingerprint that begins so, or more than one has."""

    def __init__(self, fingerprint: str) -> None:
        self.fingerprint = fingerprint
        super().__init__(
            f"not just one failure begins with {fingerprint[:64]!r}; `assay dead-letters list` shows those that are known"
        )


class LetterUnknownError(RecoveryError):
    """Nothing stands at a place, or nothing any more."""

    def __init__(self, place: str) -> None:
        self.place = place
        super().__init__(f"no dead letter stands at {place}, or none any more: its topic keeps them for a time")


class FlowUnknownError(RecoveryError):
    """The contract in force has no flow of this id."""

    def __init__(self, contract: str, version: str, flow: str) -> None:
        self.contract, self.version, self.flow = contract, version, flow
        super().__init__(
            f"{contract}@{version}, which is in force, has no flow {flow!r}; publish a version that has it"
            if flow
            else f"{contract}@{version}, which is in force, has no flow; `assay dead-letters propose` may find one"
        )


class NotTriedError(RecoveryError):
    """A flow has not passed a dry run as it is now."""

    def __init__(self, flows: Sequence[str]) -> None:
        self.flows = ", ".join(flows)
        super().__init__(
            f"not tried yet, or nothing passed: {self.flows}; try with --dry-run first, or run it anyway with --force"
        )


class RunUnknownError(RecoveryError):
    """There is no run of this id."""

    def __init__(self, run: str) -> None:
        self.run = run
        super().__init__(f"there is no run {run!r}; `assay dead-letters runs` shows those that are")


class RunEndedError(RecoveryError):
    """The run has ended; nothing changes it any more."""

    def __init__(self, run: str, state: str) -> None:
        self.run, self.state = run, state
        super().__init__(f"run {run} is {state}; start another")


class ValueRefusedError(RecoveryError):
    """The contract in force would refuse the record that is to be resubmitted."""

    def __init__(self, contract: str, version: str, reason: str, violation: str) -> None:
        self.contract, self.version, self.reason, self.violation = contract, version, reason, violation
        super().__init__(
            f"{contract}@{version} refuses this record as {reason}{f': {violation}' if violation else ''}; "
            "mend it, or send it anyway with --force"
        )


class KeysMissingError(RecoveryError):
    """A record of a classified contract would have to be kept in the clear."""

    def __init__(self, contract: str) -> None:
        self.contract = contract
        super().__init__(
            f"{contract} has classified fields, and recovery has no key file to seal what is resubmitted; "
            "name one with ASSAY_RECOVERY_KEYS"
        )


class FaultError(RecoveryError):
    """Recovery itself is at fault; nothing of what it worked on is told."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        super().__init__(f"recovery failed with {kind}; its log says where")


class OverloadedError(RecoveryError, TransientError):
    """As many calls of this kind are under way as there may be."""

    def __init__(self) -> None:
        super().__init__("too many calls of this kind are under way; try again once one has ended")


class TimeUpError(RecoveryError, TransientError):
    """What was asked for could not be found in the time there was."""

    def __init__(self, doing: str, within_s: float) -> None:
        self.within_s = within_s
        super().__init__(f"{doing} took longer than {within_s:g} s; ask for less, or try again")


class IndexBehindError(RecoveryError, TransientError):
    """What was asked for is written and will be done, but the index has not read it yet."""

    def __init__(self, action: str, within_s: float) -> None:
        self.action = action
        super().__init__(
            f"it is noted, but the index has not read it within {within_s:g} s; ask again: a second time changes nothing"
        )
