"""A run in words: what it does, to what, and how far it is. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from assay.api.recovery.v1.run_pb2 import Explanation, Run, RunKind, RunState, Selection
from assay.cli.letters.facts import word
from assay.cli.letters.words import DIGITS, instant, number_of
from assay.cli.plain import plain

__all__ = ["done_share", "explained", "has_ended", "kind_of", "meant", "outcome", "so_far", "state_of"]

_ENDED = (RunState.RUN_STATE_CANCELLED, RunState.RUN_STATE_DONE)
_DID = {
    RunKind.RUN_KIND_RECOVER: "repaired and replayed",
    RunKind.RUN_KIND_REPLAY: "replayed",
    RunKind.RUN_KIND_DISCARD: "discarded",
    RunKind.RUN_KIND_RESUBMIT: "resubmitted",
}


def kind_of(run: Run) -> str:
    """Return what it does, in one word."""
    return word(RunKind.DESCRIPTOR, run.kind)


def state_of(run: Run) -> str:
    """Return where it is, in one word."""
    return word(RunState.DESCRIPTOR, run.state)


def has_ended(run: Run) -> bool:
    """Whether nothing more will come of it."""
    return run.state in _ENDED


def meant(selection: Selection) -> str:
    """Return which dead letters a selection means."""
    said = [f"failure {selection.failure[:DIGITS]}"] if selection.failure else []
    said += [
        f"{name} {value}"
        for name in ("reason", "path", "rule", "producer", "version")
        if (value := getattr(selection, name))
    ]
    said += [f"since {instant(selection.since_ms)}"] if selection.since_ms else []
    said += [f"until {instant(selection.until_ms)}"] if selection.until_ms else []
    if len(selection.places) == 1:
        said.append(selection.places[0])
    elif selection.places:
        said.append(number_of(len(selection.places), "place"))
    return ", ".join(said) or "all"


def done_share(run: Run) -> float:
    """Return how much of the dead-letter topic it went through, from 0 to 1."""
    if run.state == RunState.RUN_STATE_DONE:
        return 1.0
    whole = sum(each.end for each in run.partitions)
    gone = sum(min(each.position, each.end) for each in run.partitions)
    return gone / whole if whole else 0.0


def outcome(run: Run) -> str:
    """Return what it came to, or has come to so far."""
    did = f"{number_of(run.settled, 'dead letter')} {_DID.get(run.kind, 'settled')}"
    return f"{did}, {run.left:,} left as they are" if run.left else did


def so_far(run: Run) -> str:
    """Return how many are settled and left, and whether it is held."""
    held = "paused: " if run.state == RunState.RUN_STATE_PAUSED else ""
    return f"{held}{run.settled:,} settled, {run.left:,} left"


def explained(explanations: Sequence[Explanation], most: int = 10) -> list[Text]:
    """Return a line for each cause for which dead letters stay, those of the most first."""
    lines = [plain(f"  {each.dead_letters:>9,}  {each.text}") for each in explanations[:most]]
    if len(explanations) > most:
        lines.append(Text(f"  and for {len(explanations) - most} other causes", "dim"))
    return lines
