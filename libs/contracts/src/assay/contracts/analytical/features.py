"""The features of a model in their order, and the fingerprint that stands for them on the wire."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable

from assay.contracts.model_log import FEATURE_TYPES, Feature

__all__ = ["FeatureSchema"]


class FeatureSchema:
    """The features of a model. On the wire those that are numbers come first: `ordered` is in that order."""

    __slots__ = ("features", "id", "numbers", "ordered", "texts")

    def __init__(self, features: Iterable[Feature]) -> None:
        """Take the features in the order of the contract; `id` is the fingerprint of names, types and that order.

        Raises:
            ValueError: a name is there twice or empty, or a type is none of a feature.
        """
        self.features = tuple(features)
        seen: set[str] = set()
        for each in self.features:
            if not each.name or each.name in seen:
                raise ValueError(f"feature {each.name!r} is here twice or has no name; keep one")
            if each.type not in FEATURE_TYPES:
                raise ValueError(f"feature {each.name!r} is of type {each.type!r}; use {', '.join(FEATURE_TYPES)}")
            seen.add(each.name)
        self.numbers = tuple(each for each in self.features if each.type != "string")
        self.texts = tuple(each for each in self.features if each.type == "string")
        self.ordered = (*self.numbers, *self.texts)
        self.id = _fingerprint(self.features)


def _fingerprint(features: Iterable[Feature]) -> str:
    said = json.dumps([[each.name, each.type] for each in features], separators=(",", ":"))
    return hashlib.sha256(said.encode()).hexdigest()[:16]
