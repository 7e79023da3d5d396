"""Features of a model from the columns of a table."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from assay.contracts.inference import Sample
from assay.contracts.model_log import FEATURE_TYPES, Feature

__all__ = ["Columns", "columns_of"]


@dataclass(frozen=True, slots=True)
class Columns:
    """What of a table can be a feature, and what was left out, with the reason."""

    features: tuple[Feature, ...]
    left_out: tuple[str, ...]


def columns_of(sample: Sample, ignored: Collection[str]) -> Columns:
    """The features that the rows of a sample speak for.

    Raises:
        ValueError: there was no row.
    """
    draft = sample.draft("table")
    features: list[Feature] = []
    left_out = list(draft.left_out)
    for each in draft.value["schema"][0]["properties"]:
        name, kind = each["name"], _kind(each)
        if name in ignored:
            continue
        if kind in FEATURE_TYPES:
            features.append(Feature(name, kind, each.get("classification", "")))
        else:
            left_out.append(f"{name}: {kind} is no type of a feature; give the model a number or a text made of it")
    return Columns(tuple(features), tuple(left_out))


def _kind(source: dict[str, Any]) -> Any:
    return source["logicalType"]
