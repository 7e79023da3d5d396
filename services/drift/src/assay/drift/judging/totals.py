"""What predictions of one window came to, as whole numbers and exact sums: totals merge by addition, in any order."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from assay.monitoring.experiments import UserSums
from assay.monitoring.multivariate import PairSums
from assay.monitoring.operations import OperationCounts
from assay.monitoring.performance.papers import ModelCounts
from assay.monitoring.profiles.cells import Cells
from assay.monitoring.profiles.columns import Ints
from assay.monitoring.skew import SkewCounts

__all__ = ["NOTHING", "ModelCounts", "SessionCounts", "Totals", "added"]

Key = TypeVar("Key")


@dataclass(frozen=True, slots=True)
class SessionCounts:
    """How many sessions ended, how many things were done in them, and how long they went on together."""

    ended: int = 0
    events: int = 0
    length_ms: int = 0

    def __add__(self, other: SessionCounts) -> SessionCounts:
        return SessionCounts(self.ended + other.ended, self.events + other.events, self.length_ms + other.length_ms)

    def __neg__(self) -> SessionCounts:
        return SessionCounts(-self.ended, -self.events, -self.length_ms)


Sum = TypeVar("Sum", Cells, Ints, PairSums, SkewCounts, UserSums, SessionCounts)


@dataclass(frozen=True, slots=True)
class Totals:
    """The sum of panes; a part of which no pane tells is empty."""

    features: Mapping[str, Cells] = field(default_factory=dict)
    """Rows by bin, by the id of the reference whose bins they are."""
    operations: OperationCounts = field(default_factory=OperationCounts)
    performance: ModelCounts | None = None
    skew: Mapping[str, SkewCounts] = field(default_factory=dict)
    """By feature."""
    users: Mapping[tuple[str, str], UserSums] = field(default_factory=dict)
    """By metric and variant: of all users up to the end of the window, which alone does not merge over windows."""
    sessions: Mapping[str, SessionCounts] = field(default_factory=dict)
    """Of those that ended, by variant."""
    hours: Mapping[str, Ints] = field(default_factory=dict)
    """Of the rows of features how many were asked for in each hour of the week, by id of the reference; empty where that is not known."""
    pairs: Mapping[str, PairSums] = field(default_factory=dict)
    """How features went together, by the id of the reference that says which are watched."""

    def __add__(self, other: Totals) -> Totals:
        """Add up.

        Raises:
            MixedCountsError: labelled predictions were counted by different rules.
            ValueError: cells of one reference are of different shapes.
        """
        return Totals(
            added(self.features, other.features),
            self.operations + other.operations,
            _both(self.performance, other.performance),
            added(self.skew, other.skew),
            added(self.users, other.users),
            added(self.sessions, other.sessions),
            added(self.hours, other.hours),
            added(self.pairs, other.pairs),
        )


NOTHING = Totals()


def added(left: Mapping[Key, Sum], right: Mapping[Key, Sum]) -> Mapping[Key, Sum]:
    """Return the sums of both by key."""
    if not left or not right:
        return left or right
    return {key: _sum(left.get(key), right.get(key), _plus) for key in {**left, **right}}


def _plus(left: Sum, right: Sum) -> Sum:
    return left + right


def _both(left: ModelCounts | None, right: ModelCounts | None) -> ModelCounts | None:
    if left is None or right is None:
        return left if right is None else right
    return left.combined(right, 1)  # type: ignore[arg-type]  # it says so itself where they are of two shapes


def _sum(left: Sum | None, right: Sum | None, plus: Callable[[Sum, Sum], Sum]) -> Sum:
    if left is None or right is None:
        found = left if right is None else right
        assert found is not None
        return found
    return plus(left, right)
