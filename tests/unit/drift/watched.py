"""A watched model, its tables and its references."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np

from assay.contracts import load
from assay.contracts.analytical import FeatureSchema, Model, contracts_of
from assay.contracts.model_log import Feature
from assay.contracts.monitoring import Monitoring
from assay.drift.models import WatchedModel, models_of
from assay.monitoring.performance import count_binary
from assay.monitoring.performance.papers import ModelCounts, performance_paper
from assay.monitoring.profiles import Labels, Numbers, Table, profile_of
from assay.monitoring.profiles.papers import profile_to_json

__all__ = ["counts_of", "paper_of", "profile_text", "table_of", "watched"]

FEATURES = (Feature("tenure"), Feature("plan", "string"))


def watched(monitoring: Monitoring | None = None, kind: str = "binary", classes: tuple[str, ...] = ()) -> WatchedModel:
    """A model of two features, watched as is said."""
    model = Model("churn", FeatureSchema(FEATURES), kind=kind, classes=classes)  # type: ignore[arg-type]  # as tests say
    texts = contracts_of(model).values()
    found = models_of(load(text.encode()) for text in texts)["churn"]
    if monitoring is None:
        return found
    logs = found.logs | {"predictions": replace(found.predictions, monitoring=monitoring)}  # type: ignore[operator]  # a dict
    return replace(found, logs=logs)


def table_of(rows: int = 400, seed: int = 7, shift: float = 0.0) -> Table:
    """Rows of its features."""
    draw = np.random.default_rng(seed)
    values = draw.normal(10 + shift, 2, rows)
    return {
        "tenure": Numbers(values, np.ones(rows, dtype=np.bool_)),
        "plan": Labels(draw.integers(0, 3, rows), ("free", "home", "work")),
    }


def profile_text(table: Table | None = None) -> bytes:
    """The profile of a table as a file holds it."""
    return profile_to_json(profile_of(table if table is not None else table_of())).encode()


def counts_of(rows: int = 500, seed: int = 3, wrong: float = 0.0, labelled: float = 1.0) -> ModelCounts:
    """A window of a binary model whose scores mean what they say; `wrong` turns that share of labels around."""
    draw = np.random.default_rng(seed)
    scores = draw.uniform(0, 1, rows)
    truths = (draw.uniform(0, 1, rows) < scores).astype(np.int64)
    truths = np.where(draw.uniform(0, 1, rows) < wrong, 1 - truths, truths)
    truths = np.where(draw.uniform(0, 1, rows) < labelled, truths, -1)
    return count_binary((scores >= 0.5).astype(np.int64), scores, truths)


def paper_of(*windows: ModelCounts) -> bytes:
    """Labelled counts as a file holds them."""
    return json.dumps(performance_paper(windows)).encode()
