"""The audit of recovery: who did what to dead letters, and why."""

from __future__ import annotations

from rich.text import Text

from assay.api.recovery.v1.recovery_pb2 import ListActionsRequest, ListActionsResponse
from assay.api.recovery.v1.run_pb2 import Action, RunChange
from assay.cli.letters.asking import CALL_S, recovery
from assay.cli.letters.facts import word
from assay.cli.letters.run_words import kind_of, meant
from assay.cli.letters.trying import trial_line
from assay.cli.letters.words import DIGITS, instant
from assay.cli.plain import plain

__all__ = ["actions", "in_words"]


async def actions(address: str, contract: str, limit: int) -> ListActionsResponse:
    """Return the newest actions, of one contract or of all, and how many of so many are left out.

    Raises:
        CallError: the service does not answer.
    """
    async with recovery(address) as stub:
        return await stub.ListActions(ListActionsRequest(contract=contract, limit=limit), timeout=CALL_S)


def in_words(action: Action) -> Text:
    """Return an action in one line; that a run ended in a partition is recovery's own."""
    line = Text(instant(action.at_ms), "dim").append("  ")
    if action.WhichOneof("what") == "passed":
        return line.append(plain(f"{action.contract}: recovery {_what(action)}"))
    why = f", because: {action.why}" if action.why else ""
    commit = f" at {action.commit[:DIGITS]}" if action.commit else ""
    return line.append(plain(f"{action.contract}: {action.actor or 'unnamed'}{commit} {_what(action)}{why}"))


def _what(action: Action) -> str:
    match action.WhichOneof("what"):
        case "started":
            run = action.started
            flow = f" by {run.flow}" if run.flow else ""
            forced = ", forced" if run.force else ""
            return f"started run {run.id[:DIGITS]}: {kind_of(run)}{flow}, {meant(run.selection)}{forced}"
        case "changed":
            did = word(RunChange.DESCRIPTOR, action.changed.change)
            return f"{'cancelled' if did == 'cancel' else f'{did}d'} run {action.changed.run[:DIGITS]}"
        case "passed":
            partition = action.passed.partition
            left = f", {partition.left:,} left" if partition.left else ""
            return f"ended run {action.passed.run[:DIGITS]} in partition {partition.partition}{left}"
        case "marked":
            known = "known" if action.marked.known else "not known"
            note = f": {action.marked.note}" if action.marked.note and action.marked.note != action.why else ""
            return f"marked failure {action.marked.fingerprint[:DIGITS]} as {known}{note}"
        case "tried":
            flow = action.tried.flow or "all flows"
            return f"tried {flow}: {trial_line(action.tried)}"
    return "did what this release does not know"
