"""The model whose answers are logged, and where and how it runs."""

from __future__ import annotations

import math
from dataclasses import dataclass

from assay.client.analytical.errors import NoModelError, SettingError
from assay.client.analytical.values import is_text, real
from assay.contracts import Contract
from assay.contracts.analytical import FeatureSchema
from assay.contracts.analytical.properties import MAX_WORD

__all__ = ["Setting"]


@dataclass(frozen=True, slots=True)
class Setting:
    """What all rows of one log share. `classes` empty means that any label will do.

    Raises:
        SettingError: the version is no text, or an empty one, a text is too long, or the threshold is no finite number.
    """

    model: str
    version: str
    features: FeatureSchema
    kind: str = "binary"
    classes: tuple[str, ...] = ()
    layout: str = "columns"
    partitions: int = 3
    record_limit_bytes: int = 1024 * 1024
    threshold: float | None = None
    deployment: str = ""
    environment: str = ""

    def __post_init__(self) -> None:
        for name, least in (("version", 1), ("deployment", 0), ("environment", 0)):
            said = getattr(self, name)
            if not is_text(said) or not least <= len(said) <= MAX_WORD:
                raise SettingError(f"{name} is a text of {least} to {MAX_WORD} characters")
        threshold = 0.0 if self.threshold is None else real(self.threshold)
        if threshold is None or not math.isfinite(threshold):
            raise SettingError("threshold is a finite number, or None")

    @classmethod
    def of(
        cls,
        contract: Contract,
        version: str,
        *,
        features: Contract | None = None,
        threshold: float | None = None,
        deployment: str = "",
        environment: str = "",
    ) -> Setting:
        """The setting that a contract of predictions asks for, for a version of its model.

        Where predictions are rows, features have a contract of their own: give it, or none are logged.

        Raises:
            NoModelError: it is no contract of predictions, or the other is none of the model's features.
            SettingError: as above.
        """
        log, given = contract.model_log, features.model_log if features else None
        if log is None or log.role != "predictions":
            raise NoModelError(f"contract {contract.id} is not that of a model's predictions; take MODEL.predictions")
        if features and (given is None or (given.model, given.role) != (log.model, "features")):
            raise NoModelError(
                f"contract {features.id} is not that of the features of {log.model}; take MODEL.features"
            )
        return cls(
            model=log.model,
            version=version,
            features=FeatureSchema((given or log).features),
            kind=log.kind,
            classes=log.classes,
            layout=log.layout,
            partitions=contract.partitions,
            record_limit_bytes=contract.max_record_bytes,
            threshold=threshold,
            deployment=deployment,
            environment=environment,
        )
