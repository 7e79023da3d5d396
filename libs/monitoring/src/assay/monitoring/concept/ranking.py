"""A ranking against its reference: how far its lists are from the best possible ones."""

from __future__ import annotations

from dataclasses import dataclass

from assay.monitoring.concept.evidence import Evidence
from assay.monitoring.concept.loss import welch
from assay.monitoring.performance.ranking import RankingCounts

__all__ = ["RankingReference"]


@dataclass(frozen=True, slots=True)
class RankingReference:
    """The reference of a ranking. Scores foretell nothing: what is relevant is not in them."""

    counts: RankingCounts

    def loss(self, window: RankingCounts) -> Evidence | None:
        """Test the mean of 1 less NDCG against the reference (Welch)."""
        return welch(window.losses, self.counts.losses)
