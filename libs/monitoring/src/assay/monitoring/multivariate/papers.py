"""How pairs of features go together in a reference, as a part of its profile's document.

It stands under the key `pairs`, which an Assay that does not know it passes over: the profile is read as it is.
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
from assay.monitoring.multivariate.packing import MOST_FEATURES
from assay.monitoring.multivariate.pairs import PairReference

__all__ = ["KEY", "PAIRS_VERSION", "profile_with_pairs", "read_pairs"]

PAIRS_VERSION = 1
KEY = "pairs"
_PARTS = {"mean": "<f8", "variance": "<f8", "windows": "<u4", "rows": "<i8"}


def profile_with_pairs(profile: str, pairs: PairReference | None) -> str:
    """Return the text of a profile with its pairs in it; the same without any."""
    if pairs is None:
        return profile
    return json.dumps(json.loads(profile) | {KEY: _paper(pairs)}, ensure_ascii=False)


def read_pairs(text: str | bytes) -> PairReference | None:
    """Read the pairs of a profile; None where it has none, or they are of a version that is not known.

    Raises:
        ProfileError: they are not whole, or the profile lacks one of their features.
    """
    try:
        paper = json.loads(text)
        found = paper.get(KEY)
        if not _is_object(found) or found.get("assay_pairs") != PAIRS_VERSION:
            return None
        known = {each["name"] for each in paper["features"]}
        pairs = _pairs(found)
    except (AttributeError, KeyError, TypeError, ValueError, zlib.error) as error:
        raise ProfileError(f"a profile whose pairs are not whole: {error!r}") from error
    if strange := [name for name in pairs.names if name not in known]:
        raise ProfileError(f"a profile with pairs of {strange[0]!r}, which is none of its features")
    return pairs


def _paper(pairs: PairReference) -> dict[str, object]:
    upper = np.triu_indices(len(pairs.names), 1)
    parts = {name: _packed(getattr(pairs, name)[upper].astype(width)) for name, width in _PARTS.items()}
    return {"assay_pairs": PAIRS_VERSION, "names": list(pairs.names), **parts}


def _packed(numbers: NDArray[np.float64]) -> str:
    return base64.b64encode(zlib.compress(numbers.tobytes(), 9)).decode()


def _pairs(paper: Mapping[str, object]) -> PairReference:
    listed = paper["names"]
    if not isinstance(listed, list) or not 2 <= len(listed) <= MOST_FEATURES or len({*listed}) < len(listed):
        raise ValueError(f"pairs are of 2 to {MOST_FEATURES} different features")
    names = tuple(map(str, listed))
    mean, variance, windows, rows = (_table(str(paper[name]), width, len(names)) for name, width in _PARTS.items())
    return PairReference(names, mean, variance, windows.astype(np.int64), rows.astype(np.int64))


def _table(text: str, width: str, size: int) -> NDArray[np.float64]:
    """A number for each pair, on both sides of the diagonal; a feature and itself are no pair."""
    upper = np.triu_indices(size, 1)
    unzip = zlib.decompressobj()
    numbers = np.frombuffer(unzip.decompress(base64.b64decode(text, validate=True), 8 * len(upper[0]) + 1), width)
    if len(numbers) != len(upper[0]):
        raise ValueError(f"{len(numbers)} numbers for {len(upper[0])} pairs")
    table = np.full((size, size), np.nan if width == "<f8" else 0.0)
    table[upper] = numbers
    table.T[upper] = numbers
    return table


def _is_object(value: object) -> TypeGuard[dict[str, object]]:
    return isinstance(value, dict)
