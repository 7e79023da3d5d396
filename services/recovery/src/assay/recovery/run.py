"""A run: what is done, once, to selected dead letters that were there when it was asked for. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from assay.recovery.selection import Selection

__all__ = ["Run", "RunKind", "RunState"]


class RunKind(StrEnum):
    """What a run does with each dead letter."""

    RECOVER = "recover"
    """Repair it by a flow and replay it; what no flow repairs stays."""
    REPLAY = "replay"
    """Replay it as it is; what the contract in force refuses stays, unless it is forced."""
    DISCARD = "discard"
    """Settle it as discarded."""
    RESUBMIT = "resubmit"
    """Replay a record that a person edited in its place."""


class RunState(StrEnum):
    """Where a run is."""

    RUNNING = "running"
    PAUSED = "paused"
    CANCELLED = "cancelled"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Run:
    """One run as it was asked for, and its state.

    `version` is the contract in force then: whoever has an older one waits. `ends` says where each partition of the
    dead-letter topic ended then; a partition is done once it is in `done`.
    """

    id: str
    kind: RunKind
    selection: Selection
    version: str
    ends: Mapping[int, int] = field(hash=False)
    actor: str
    why: str
    started_ms: int
    flow: str = ""
    is_forced: bool = False
    rate_per_s: float = 0.0
    state: RunState = RunState.RUNNING
    done: frozenset[int] = frozenset()
    value_sha256: str = ""
