"""Runs, trials and proposals as they go over the wire. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from assay.api.recovery.v1 import run_pb2 as pb
from assay.recovery.proposals import Proposal
from assay.recovery.run import Run, RunKind, RunState
from assay.recovery.store import RunAccount
from assay.recovery.trial import Example, TrialResult
from assay.recovery.wire import fitting, selection_message

__all__ = ["account_message", "proposal_message", "run_message", "trial_message"]

KINDS = {
    RunKind.RECOVER: pb.RUN_KIND_RECOVER,
    RunKind.REPLAY: pb.RUN_KIND_REPLAY,
    RunKind.DISCARD: pb.RUN_KIND_DISCARD,
    RunKind.RESUBMIT: pb.RUN_KIND_RESUBMIT,
}
STATES = {
    RunState.RUNNING: pb.RUN_STATE_RUNNING,
    RunState.PAUSED: pb.RUN_STATE_PAUSED,
    RunState.CANCELLED: pb.RUN_STATE_CANCELLED,
    RunState.DONE: pb.RUN_STATE_DONE,
}


def run_message(run: Run) -> pb.Run:
    """Return a run as it is asked for."""
    return pb.Run(
        id=run.id,
        kind=KINDS[run.kind],
        selection=selection_message(run.selection),
        flow=run.flow,
        force=run.is_forced,
        rate_per_s=run.rate_per_s,
        actor=run.actor,
        why=run.why,
        started_ms=run.started_ms,
        version=run.version,
        partitions=[pb.RunPartition(partition=number, end=end) for number, end in sorted(run.ends.items())],
        state=STATES[run.state],
        value_sha256=run.value_sha256,
    )


def account_message(account: RunAccount) -> pb.Run:
    """Return a run with how far it is."""
    message = run_message(account.run)
    del message.partitions[:]
    for each in account.partitions:
        message.partitions.add(
            partition=each.partition,
            end=each.end,
            position=each.position,
            done=each.is_done,
            left=each.left,
            explanations=_explanations((one.text, one.dead_letters) for one in each.explanations),
        )
    message.explanations.extend(_explanations((one.text, one.dead_letters) for one in account.explanations))
    message.settled, message.left, message.ended_ms = account.settled, account.left, account.ended_ms
    return message


def trial_message(result: TrialResult) -> pb.Trial:
    """Return what a dry run came to."""
    return pb.Trial(
        contract=result.contract,
        version=result.version,
        flow=result.flow,
        digest=result.digest,
        tried=result.tried,
        would_pass=result.would_pass,
        would_stay=result.tried - result.would_pass,
        explanations=_explanations(result.explanations),
        passed=result.would_pass > 0,
        examples=fitting(map(_example, result.examples)),
        flows=[
            pb.FlowCount(flow=flow, digest=digest, would_pass=count)
            for flow, (digest, count) in sorted(result.flows.items())
        ],
        stopped_at=result.stopped_at,
    )


def proposal_message(proposal: Proposal) -> pb.Proposal:
    """Return a proposed flow with what a dry run of it came to."""
    return pb.Proposal(
        title=proposal.title,
        flow=proposal.flow,
        evidence=proposal.evidence,
        trial=trial_message(proposal.trial),
    )


def _example(example: Example) -> pb.Example:
    return pb.Example(
        place=example.place,
        flow=example.flow,
        changes=[
            pb.FieldChange(path=change.path, before=change.before, after=change.after) for change in example.changes
        ],
        would_pass=not example.explanation,
        explanation=example.explanation,
        sealed=example.is_sealed,
    )


def _explanations(told: Iterable[tuple[str, int]]) -> list[pb.Explanation]:
    return [pb.Explanation(text=text, dead_letters=count) for text, count in told]
