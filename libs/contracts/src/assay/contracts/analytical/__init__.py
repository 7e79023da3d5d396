"""The contracts of a model's analytical logs: what is predicted, from what, and what came of it."""

from __future__ import annotations

from assay.contracts.analytical.family import check_families
from assay.contracts.analytical.features import FeatureSchema
from assay.contracts.analytical.logs import ROLES, contract_id, log_fields
from assay.contracts.analytical.model import KINDS, Model
from assay.contracts.analytical.writing import contracts_of
from assay.contracts.model_log import Feature, ModelLog

__all__ = [
    "KINDS",
    "ROLES",
    "Feature",
    "FeatureSchema",
    "Model",
    "ModelLog",
    "check_families",
    "contract_id",
    "contracts_of",
    "log_fields",
]
