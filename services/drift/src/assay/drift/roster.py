"""Which models there are, as contracts come and change."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from assay.contracts import Contract
from assay.drift.counting import lead_topics
from assay.drift.models import WatchedModel, models_of

__all__ = ["Roster"]


class Roster:
    """The models of the contracts that were taken in, by name and by the topic that leads their logs."""

    def __init__(self) -> None:
        self._contracts: dict[str, Contract] = {}
        self._models: dict[str, WatchedModel] = {}
        self._by_lead: dict[str, WatchedModel] = {}

    @property
    def models(self) -> Mapping[str, WatchedModel]:
        """The models by name, as they are now."""
        return self._models

    @property
    def by_lead(self) -> Mapping[str, WatchedModel]:
        """The models by the topic of their validated predictions; a live view."""
        return self._by_lead

    def take(self, contracts: Iterable[Contract]) -> set[str]:
        """Take contracts in; return the leading topics of the models whose logs are others now."""
        self._contracts |= {each.id: each for each in contracts}
        before, self._models = self._models, models_of(self._contracts.values())
        self._by_lead.clear()
        self._by_lead |= lead_topics(self._models)
        return {
            topic
            for topic, model in self._by_lead.items()
            if (known := before.get(model.name)) is not None and {*known.topics} != {*model.topics}
        }
