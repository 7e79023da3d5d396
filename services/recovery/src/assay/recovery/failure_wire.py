"""Failures as they go over the wire. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from assay.api.recovery.v1 import recovery_pb2 as pb
from assay.recovery.errors import RequestError
from assay.recovery.status import FailureStatus
from assay.recovery.store import Failure

__all__ = ["failure_message", "statuses_of"]

STATUSES = {
    FailureStatus.NEW: pb.FAILURE_STATUS_NEW,
    FailureStatus.KNOWN: pb.FAILURE_STATUS_KNOWN,
    FailureStatus.RECOVERING: pb.FAILURE_STATUS_RECOVERING,
    FailureStatus.RECOVERED: pb.FAILURE_STATUS_RECOVERED,
    FailureStatus.QUARANTINED: pb.FAILURE_STATUS_QUARANTINED,
    FailureStatus.DISCARDED: pb.FAILURE_STATUS_DISCARDED,
}
SAME = (
    "contract", "reason", "path", "rule", "dead_letters", "replayed", "explanation", "first_seen_ms", "last_seen_ms",
    "fingerprint", "version", "shape", "producer", "producer_version", "open", "discarded", "quarantined", "passed",
    "returned", "rate_per_min", "note", "cause",
)  # fmt: skip
"""What has the same name here and there."""


def failure_message(failure: Failure) -> pb.Failure:
    """Return a failure with what is known of it."""
    return pb.Failure(
        **{name: getattr(failure, name) for name in SAME},
        status=STATUSES[failure.status],
        marked=failure.is_marked,
        alerting=failure.is_alerting,
        samples=[
            pb.Sample(
                place=each.place,
                arrived_ms=each.arrived_ms,
                trace_id=each.trace_id,
                sealed=each.is_sealed,
                declared_version=each.declared_version,
            )
            for each in failure.samples
        ],
        hours=[pb.Hour(start_ms=each.start_ms, dead_letters=each.dead_letters) for each in failure.hours],
    )


def statuses_of(numbers: Iterable[int]) -> frozenset[FailureStatus]:
    """Return the statuses that a call names.

    Raises:
        RequestError: one is none.
    """
    found = frozenset(numbers)
    for number in found - {*STATUSES.values()}:
        raise RequestError("statuses", f"there is none of number {number}")
    return frozenset(status for status, number in STATUSES.items() if number in found)
