"""A model of the loss as a part of its profile's document.

It stands under the key `losses`, which an Assay that does not know it passes over: the profile is read as it is.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Mapping
from typing import TypeGuard

import numpy as np
from numpy.typing import NDArray

from assay.monitoring.errors import ProfileError
from assay.monitoring.losses.model import LossModel
from assay.monitoring.multivariate import PairReference
from assay.monitoring.profiles import Profile

__all__ = ["KEY", "LOSSES_VERSION", "profile_with_losses", "read_losses"]

LOSSES_VERSION = 1
KEY = "losses"

Floats = NDArray[np.float64]


def profile_with_losses(profile: str, losses: LossModel | None) -> str:
    """Return the text of a profile with its model of the loss in it; the same without one."""
    if losses is None:
        return profile
    return json.dumps(json.loads(profile) | {KEY: _paper(losses)}, ensure_ascii=False)


def read_losses(text: str | bytes, profile: Profile, pairs: PairReference | None) -> LossModel | None:
    """Read the model of the loss of a profile.

    None where it has none, where it is of a version that is not known, or nothing says which pairs are counted.

    Raises:
        ProfileError: it is not whole, or of other features or pairs.
    """
    try:
        found = json.loads(text).get(KEY)
        if pairs is None or not _is_object(found) or found.get("assay_losses") != LOSSES_VERSION:
            return None
        return _losses(found, profile, pairs)
    except (AttributeError, KeyError, TypeError, ValueError, zlib.error) as error:
        raise ProfileError(f"a profile whose model of the loss is not whole: {error!r}") from error


def _paper(losses: LossModel) -> dict[str, object]:
    upper = np.triu_indices(len(losses.lines), 1)
    return {
        "assay_losses": LOSSES_VERSION,
        "bases": losses.bases.tolist(),
        "variance": losses.variance,
        "cells": _packed(losses.cells),
        "products": _packed(losses.products[(slice(None), *upper)]),
    }


def _losses(paper: Mapping[str, object], profile: Profile, pairs: PairReference) -> LossModel:
    lines = np.array([profile.names.index(name) for name in pairs.names], dtype=np.int64)
    upper = np.triu_indices(len(lines), 1)
    products = np.zeros((2, len(lines), len(lines)))
    products[(slice(None), *upper)] = _numbers(paper["products"], 2 * len(upper[0])).reshape(2, -1)
    shape = profile.cells.counts.shape
    cells = _numbers(paper["cells"], 2 * shape[0] * shape[1]).reshape(2, *shape)
    bases, variance = np.array(paper["bases"], dtype=np.float64), float(str(paper["variance"]))
    if bases.shape != (2,) or not np.isfinite([*bases, variance]).all() or variance < 0:
        raise ValueError("its bases and its variance are no three numbers")
    return LossModel(lines, bases, cells, products, variance)


def _packed(numbers: Floats) -> str:
    return base64.b64encode(zlib.compress(numbers.astype("<f8").tobytes(), 9)).decode()


def _numbers(text: object, count: int) -> Floats:
    unzip = zlib.decompressobj()
    numbers = np.frombuffer(unzip.decompress(base64.b64decode(str(text), validate=True), 8 * count + 1), "<f8")
    if len(numbers) != count or not np.isfinite(numbers).all():
        raise ValueError(f"{len(numbers)} numbers, and {count} finite ones are wanted")
    return numbers.astype(np.float64)


def _is_object(value: object) -> TypeGuard[dict[str, object]]:
    return isinstance(value, dict)
