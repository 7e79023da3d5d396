"""What the logs of a model say in the same way."""

from __future__ import annotations

from assay.contracts.analytical.model import Model
from assay.contracts.analytical.properties import MAX_WORD, Source, text

__all__ = ["STATUSES", "model_name", "of_model", "schema_id"]

STATUSES = ("ok", "refused", "error", "timeout", "cancelled")
"""How a prediction may end; `refused` is by the fault of who asked."""


def model_name(model: Model) -> Source:
    """The model, by its name."""
    return text("model", enum=(model.name,), required=True)


def of_model(model: Model) -> list[Source]:
    """The model and its version."""
    version = text("model_version", enum=model.versions, required=True, minLength=1, maxLength=MAX_WORD)
    return [model_name(model), version]


def schema_id(model: Model) -> Source:
    """The one feature schema that the contract knows."""
    return text("schema_id", "Fingerprint of the features in assay.model.", enum=(model.features.id,), required=True)
