"""How one model is counted, read off its contracts once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol, Self

from assay.contracts.monitoring import SEGMENTS
from assay.drift.counting.performance import Ruling, ruling_of
from assay.drift.models import FEATURES, WatchedModel
from assay.monitoring.concept import calibration_of
from assay.monitoring.multivariate import PairReference
from assay.monitoring.performance import MulticlassCounts, RegressionCounts
from assay.monitoring.performance.papers import ModelCounts, added_up
from assay.monitoring.profiles import Profile

__all__ = ["Held", "Plan", "References", "edges_of"]


class Held(Protocol):
    """A reference, as far as counting needs it."""

    @property
    def id(self) -> str:
        """Its digest."""

    @property
    def profile(self) -> Profile:
        """Its bins."""

    @property
    def performance(self) -> Sequence[ModelCounts]:
        """What its labels came to."""

    @property
    def pairs(self) -> PairReference | None:
        """How its features go together, where that is watched."""


class References(Protocol):
    """Which reference a version of a model is held to now."""

    def of(self, model: str, version: str) -> Held | None:
        """Return that of the version, else that of any version."""


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """A model with what follows from its contracts."""

    model: WatchedModel
    ruling: Ruling | None
    own: tuple[str, ...]
    """Segments by what a prediction says of itself."""
    texts: tuple[str, ...]
    """Segments by features that are text."""
    is_apart: bool
    """Whether features come with a record of their own."""
    rulings: dict[str, Ruling | None] = field(default_factory=dict)
    """Those with the calibration of a reference, by its id: calibrating takes longer than counting."""

    @classmethod
    def of(cls, model: WatchedModel) -> Self:
        """Read the contracts of a model."""
        segments = model.monitoring.segments
        texts = {each.name for each in model.schema.texts}
        return cls(
            model,
            ruling_of(model.kind, model.classes, cutoff=model.monitoring.ranking_cutoff),
            tuple(each for each in segments if each in SEGMENTS),
            tuple(each for each in segments if each not in SEGMENTS and each in texts),
            FEATURES in model.logs,
        )

    @property
    def is_ranking(self) -> bool:
        """Whether its predictions are lists, and labels are of items."""
        return self.model.kind == "ranking"

    @property
    def pane_ms(self) -> int:
        """The length of a stretch."""
        return self.model.monitoring.pane_s * 1000

    @property
    def horizon_ms(self) -> int:
        """How long a prediction waits for what belongs to it."""
        return self.model.monitoring.horizon_s * 1000

    @property
    def lateness_ms(self) -> int:
        """How far event time is taken to be behind the newest prediction."""
        return self.model.monitoring.lateness_s * 1000

    def ruling_by(self, held: Held | None) -> Ruling | None:
        """Return how answers are read while a reference is in force."""
        if held is None or self.model.kind != "multiclass":
            return self.ruling
        if held.id not in self.rulings:
            self.rulings[held.id] = _calibrated(self.model, held)
        return self.rulings[held.id]

    def start_of(self, time_ms: int) -> int:
        """Return where the stretch of a moment begins."""
        return time_ms // self.pane_ms * self.pane_ms


def _calibrated(model: WatchedModel, held: Held) -> Ruling | None:
    """With the calibration of a reference that is of these classes, and says itself what its scores foretell."""
    counts = added_up(held.performance) if held.performance else None
    if not isinstance(counts, MulticlassCounts) or counts.classes != model.classes or not counts.foretold.calibration:
        return ruling_of(model.kind, model.classes)
    return ruling_of(model.kind, model.classes, calibration_of(counts))


def edges_of(held: Held | None) -> tuple[float, ...]:
    """Return the edges that predictions of a regression are counted between: those of the reference."""
    counts = held.performance if held else ()
    return next((each.edges for each in counts if isinstance(each, RegressionCounts)), ())
