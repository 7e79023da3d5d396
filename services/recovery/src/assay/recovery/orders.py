"""What a call may ask of a run: checked against the contract in force before anything is written. Pure."""

from __future__ import annotations

import math
import uuid
from collections.abc import Sequence

from assay.api.recovery.v1 import recovery_pb2 as pb
from assay.api.recovery.v1 import run_pb2
from assay.contracts import Contract, Flow, Judge
from assay.contracts.frame import FrameError, unframe
from assay.recovery.errors import (
    FlowUnknownError,
    KeysMissingError,
    ReasonMissingError,
    RequestError,
    RunEndedError,
    ValueRefusedError,
)
from assay.recovery.letter import DeadLetter
from assay.recovery.run import Run, RunKind, RunState
from assay.recovery.selection import Selection
from assay.runtime.caller import Actor

__all__ = ["CHANGES", "check_change", "check_value", "flows_of", "identity", "kind_of", "named", "rate_of", "signed"]

KINDS = {
    run_pb2.RUN_KIND_RECOVER: RunKind.RECOVER,
    run_pb2.RUN_KIND_REPLAY: RunKind.REPLAY,
    run_pb2.RUN_KIND_DISCARD: RunKind.DISCARD,
    run_pb2.RUN_KIND_RESUBMIT: RunKind.RESUBMIT,
}
CHANGES = frozenset({run_pb2.RUN_CHANGE_PAUSE, run_pb2.RUN_CHANGE_RESUME, run_pb2.RUN_CHANGE_CANCEL})
ENDED = frozenset({RunState.CANCELLED, RunState.DONE})
MAX_RATE_PER_S = 1e9
MAX_NAME = 255
MAX_REASON = 2_000
MAX_COMMIT = 100


def named(actor: Actor) -> Actor:
    """Return who asks, in what the audit keeps of it."""
    return Actor(_kept(actor.name, MAX_NAME), _kept(actor.reason, MAX_REASON), _kept(actor.commit, MAX_COMMIT))


def signed(actor: Actor) -> Actor:
    """Return who asks for a change, in what the audit keeps of it.

    Raises:
        ReasonMissingError: the call does not say why.
    """
    found = named(actor)
    if not found.reason:
        raise ReasonMissingError
    return found


def identity(text: str) -> str:
    """Return the id of a run in its one spelling.

    Raises:
        RequestError: it is no UUID.
    """
    try:
        return str(uuid.UUID(text))
    except ValueError:
        raise RequestError("id", f"{text[:64]!r} is no UUID; make one for each run") from None


def kind_of(request: pb.StartRunRequest, selection: Selection) -> RunKind:
    """Return what is to be done.

    Raises:
        RequestError: it is nothing that is known, or the rest of the call does not go with it.
    """
    kind = KINDS.get(request.kind)
    if kind is None:
        raise RequestError("kind", f"there is none of number {request.kind}; recover, replay, discard or resubmit")
    if request.flow and kind is not RunKind.RECOVER:
        raise RequestError("flow", "only a run of kind recover goes by a flow")
    if request.HasField("value") != (kind is RunKind.RESUBMIT):
        raise RequestError("value", "it is for a run of kind resubmit, which has one")
    if kind is RunKind.RESUBMIT and len(selection.places) != 1:
        raise RequestError("selection.places", f"there are {len(selection.places)}; a record is resubmitted for one")
    return kind


def rate_of(request: pb.StartRunRequest) -> float:
    """Return how many dead letters may be settled in a second, 0 for as many as it takes.

    Raises:
        RequestError: it is no such number.
    """
    if not (math.isfinite(request.rate_per_s) and 0 <= request.rate_per_s <= MAX_RATE_PER_S):
        raise RequestError("rate_per_s", "it is no number from 0, which is as many as it takes, to a thousand million")
    return request.rate_per_s


def flows_of(contract: Contract, flow: str) -> Sequence[Flow]:
    """Return the flow of this id, or all where it is empty.

    Raises:
        FlowUnknownError: there is none.
    """
    found = [each for each in contract.flows if flow in ("", each.id)]
    if not found:
        raise FlowUnknownError(contract.id, contract.version, flow)
    return found


def check_value(contract: Contract, letter: DeadLetter, value: bytes, *, has_keys: bool, is_forced: bool) -> None:
    """Return where this record may be resubmitted in place of a dead letter; takes CPU.

    Raises:
        RequestError: it is larger than the contract takes.
        KeysMissingError: it would be kept in the clear although it has classified fields.
        ValueRefusedError: the contract would refuse it, and it is not forced.
    """
    if len(value) > contract.max_record_bytes:
        raise RequestError("value", f"it has {len(value)} bytes; {contract.id} takes {contract.max_record_bytes}")
    if contract.is_classified and not has_keys:
        raise KeysMissingError(contract.id)
    if is_forced:
        return
    try:
        frame = unframe(value, letter.record.headers, contract.form)
    except FrameError as error:
        raise ValueRefusedError(contract.id, contract.version, "unknown_schema", str(error)) from error
    verdict = Judge(contract).judge(frame.payload if frame else value, letter.arrived_ms)
    if verdict.reason is not None:
        first = str(verdict.violations[0]) if verdict.violations else ""
        raise ValueRefusedError(contract.id, contract.version, verdict.reason, first)


def check_change(change: int, run: Run) -> None:
    """Return where a run may be changed so.

    Raises:
        RequestError: it is no change that is known.
        RunEndedError: the run has ended.
    """
    if change not in CHANGES:
        raise RequestError("change", f"there is none of number {change}; pause, resume or cancel")
    if run.state in ENDED:
        raise RunEndedError(run.id, run.state)


def _kept(text: str, length: int) -> str:
    return "".join(sign if sign.isprintable() else " " for sign in text[:length]).strip()
