"""The models that contracts speak of, each with its logs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from assay.contracts import Contract
from assay.contracts.analytical import FeatureSchema
from assay.contracts.model_log import Role
from assay.contracts.monitoring import Monitoring

__all__ = ["FEATURES", "PREDICTIONS", "WatchedModel", "models_of"]

PREDICTIONS: Role = "predictions"
FEATURES: Role = "features"


@dataclass(frozen=True, slots=True)
class WatchedModel:
    """A model and the contracts of its logs, that of its predictions among them."""

    name: str
    logs: Mapping[Role, Contract]
    schema: FeatureSchema

    @property
    def predictions(self) -> Contract:
        """The contract of its predictions: it says how the model is watched."""
        return self.logs[PREDICTIONS]

    @property
    def monitoring(self) -> Monitoring:
        """How it is watched."""
        return self.predictions.monitoring

    @property
    def kind(self) -> str:
        """What it predicts: binary, multiclass, regression, ranking."""
        return self.predictions.model_log.kind if self.predictions.model_log else ""

    @property
    def classes(self) -> tuple[str, ...]:
        """The classes in the order of the contract; of a binary model the last is the positive one."""
        return self.predictions.model_log.classes if self.predictions.model_log else ()

    @property
    def topics(self) -> Mapping[str, Role]:
        """Topics of validated records, with the log that each is."""
        return {contract.topics.validated: role for role, contract in self.logs.items()}


def models_of(contracts: Iterable[Contract]) -> dict[str, WatchedModel]:
    """Return the models whose predictions have a contract, by name; other logs without those are nobody's yet."""
    logs: defaultdict[str, dict[Role, Contract]] = defaultdict(dict)
    for contract in contracts:
        if contract.model_log is not None:
            logs[contract.model_log.model][contract.model_log.role] = contract
    return {name: WatchedModel(name, of, _schema(of)) for name, of in sorted(logs.items()) if PREDICTIONS in of}


def _schema(logs: Mapping[Role, Contract]) -> FeatureSchema:
    """The features: of the log that has them, which is the predictions where both travel together."""
    holder = logs.get(FEATURES, logs[PREDICTIONS])
    return FeatureSchema(holder.model_log.features if holder.model_log else ())
