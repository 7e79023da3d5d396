"""What a contract says of the model whose log it is about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, get_args

__all__ = ["FEATURE_TYPES", "Feature", "FeatureType", "ModelLog", "Role", "read_model_log"]

FeatureType = Literal["number", "integer", "boolean", "string"]
FEATURE_TYPES: tuple[FeatureType, ...] = get_args(FeatureType)

Role = Literal["predictions", "features", "actions", "outcomes", "labels", "skew"]


@dataclass(frozen=True, slots=True)
class Feature:
    """One thing that a model is given: its name, its type, and its classification where it is not public."""

    name: str
    type: FeatureType = "number"
    classification: str = ""


@dataclass(frozen=True, slots=True)
class ModelLog:
    """Which model a contract is of, and which of its logs. `kind` and `layout` are empty where the log has none."""

    model: str
    role: Role
    kind: str = ""
    layout: str = ""
    classes: tuple[str, ...] = ()
    features: tuple[Feature, ...] = ()


def read_model_log(said: dict[str, Any]) -> ModelLog:
    """The value of `assay.model`, which the vocabulary has checked."""
    return ModelLog(
        model=said["name"],
        role=said["role"],
        kind=said.get("kind", ""),
        layout=said.get("layout", ""),
        classes=tuple(said.get("classes", ())),
        features=tuple(
            Feature(each["name"], each["type"], each.get("classification", "")) for each in said.get("features", ())
        ),
    )
