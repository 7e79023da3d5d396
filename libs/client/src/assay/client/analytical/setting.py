"""The model whose answers are logged, and where and how it runs."""

from __future__ import annotations

from dataclasses import dataclass

from assay.client.analytical.errors import NoModelError
from assay.contracts import Contract
from assay.contracts.analytical import FeatureSchema

__all__ = ["Setting"]


@dataclass(frozen=True, slots=True)
class Setting:
    """What all rows of one log share. `classes` empty means that any label will do."""

    model: str
    version: str
    features: FeatureSchema
    kind: str = "binary"
    classes: tuple[str, ...] = ()
    layout: str = "columns"
    partitions: int = 3
    threshold: float | None = None
    deployment: str = ""
    environment: str = ""

    @classmethod
    def of(
        cls,
        contract: Contract,
        version: str,
        *,
        features: FeatureSchema | None = None,
        threshold: float | None = None,
        deployment: str = "",
        environment: str = "",
    ) -> Setting:
        """The setting that a contract of predictions asks for, for a version of its model.

        Where predictions are rows, the features are in a contract of their own: give them, or none are logged.

        Raises:
            NoModelError: it is no contract of predictions.
        """
        log = contract.model_log
        if log is None or log.role != "predictions":
            raise NoModelError(f"contract {contract.id} is not that of a model's predictions; take MODEL.predictions")
        return cls(
            model=log.model,
            version=version,
            features=features or FeatureSchema(log.features),
            kind=log.kind,
            classes=log.classes,
            layout=log.layout,
            partitions=contract.partitions,
            threshold=threshold,
            deployment=deployment,
            environment=environment,
        )
