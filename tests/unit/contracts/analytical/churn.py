"""A model for tests, and its contracts."""

from __future__ import annotations

from dataclasses import replace

from assay.contracts import Contract, Party, load
from assay.contracts.analytical import Feature, FeatureSchema, Model, contracts_of

__all__ = ["CHURN", "FEATURES", "RANKING", "ROWS", "contracts"]

FEATURES = FeatureSchema(
    (
        Feature("age", "integer"),
        Feature("city", "string"),
        Feature("spend"),
        Feature("is_new", "boolean"),
        Feature("plan", "string"),
    )
)
CHURN = Model(
    "churn",
    FEATURES,
    classes=("no", "yes"),
    owner="growth",
    contact="#growth",
    consumers=(Party("drift", "#ml"),),
)
ROWS = replace(CHURN, layout="rows")
RANKING = replace(CHURN, kind="ranking", classes=())


def contracts(model: Model) -> dict[str, Contract]:
    """The contracts of a model, loaded, by their role."""
    loaded = [load(text.encode(), file) for file, text in contracts_of(model).items()]
    return {each.model_log.role: each for each in loaded if each.model_log}
