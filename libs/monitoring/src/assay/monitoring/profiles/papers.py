"""A profile as a small JSON document, and back: exact, and with a version of its own."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Mapping, Sequence
from typing import TypeGuard

import numpy as np

from assay.monitoring.errors import ProfileError
from assay.monitoring.profiles.bins import CategoryBins, NumericBins
from assay.monitoring.profiles.cells import Bins, Cells, width_of
from assay.monitoring.profiles.columns import Floats, Ints
from assay.monitoring.profiles.dispersion import Dispersion, Level
from assay.monitoring.profiles.reference import PROFILE_VERSION, Profile
from assay.monitoring.profiles.seasons import HOURS, Seasons

__all__ = ["profile_from_json", "profile_to_json"]

PLAIN_VERSION = 1
"""Of profiles without seasons, which an Assay that knows no seasons reads too."""

_PACKED = "<u4"
_FACTORS = ("mean", "second", "third", "ks")


def profile_to_json(profile: Profile) -> str:
    """Write a profile; equal profiles give equal text. One without seasons is of the version before them."""
    levels = profile.dispersion.levels if profile.dispersion else ()
    paper: dict[str, object] = {
        "assay_profile": PLAIN_VERSION if profile.seasons is None else PROFILE_VERSION,
        "rows": profile.cells.rows,
        "features": [_feature(profile, line) for line in range(len(profile.names))],
        "dispersion": [_level(level) for level in levels] if profile.dispersion else None,
    }
    if profile.seasons is not None:
        paper["seasons"] = _seasons(profile.seasons)
    return json.dumps(paper, ensure_ascii=False)


def profile_from_json(text: str) -> Profile:
    """Read a profile.

    Raises:
        ProfileError: the text is no profile, or of a version that is not known.
    """
    try:
        paper = json.loads(text)
    except ValueError as error:
        raise ProfileError(f"no profile: no JSON, {error}") from error
    if not isinstance(paper, dict) or "assay_profile" not in paper:
        raise ProfileError("no profile: `assay drift profile` writes one")
    if paper["assay_profile"] not in (PLAIN_VERSION, PROFILE_VERSION):
        raise ProfileError(
            f"a profile of version {paper['assay_profile']}, and this Assay knows up to {PROFILE_VERSION}"
        )
    try:
        return _profile(paper)
    except (KeyError, TypeError, ValueError, IndexError, zlib.error) as error:
        raise ProfileError(f"a profile that is not whole: {error!r}") from error


def _feature(profile: Profile, line: int) -> dict[str, object]:
    bins = profile.bins[line]
    counts = profile.cells.counts[line]
    body: dict[str, object] = {
        "name": profile.names[line],
        "counts": counts[: bins.size].tolist(),
        "special": counts[-3:].tolist(),
        "note": profile.notes.get(profile.names[line]),
    }
    if isinstance(bins, NumericBins):
        centres = profile.centres[line, : bins.size].tolist()
        latest = profile.latest.get(profile.names[line])
        body |= {"kind": "number", "edges": bins.edges, "masses": bins.masses, "centres": centres}
        return body if latest is None else body | {"latest": latest}
    return body | {"kind": "words", "own": bins.own, "others": bins.others, "closed": bins.closed}


def _level(level: Level) -> dict[str, object]:
    factors = {name: getattr(level, name).tolist() for name in _FACTORS}
    return {"rows": level.rows, "windows": level.windows, **factors, "special": level.special.tolist()}


def _seasons(seasons: Seasons) -> dict[str, object]:
    """The counts are many and mostly small: whole numbers of 4 bytes, hour by hour, packed."""
    packed = zlib.compress(seasons.counts.astype(_PACKED).tobytes(), 9)
    return {
        "features": list(seasons.lines),
        "rows": seasons.rows.tolist(),
        "counts": base64.b64encode(packed).decode(),
        "dispersion": [_level(level) for level in seasons.dispersion.levels],
        "degrees": seasons.degrees.tolist(),
    }


def _read_seasons(paper: object) -> Seasons | None:
    if paper is None:
        return None
    if not _is_mapping(paper):
        raise TypeError("seasons are an object")
    lines = tuple(int(str(line)) for line in _listed(paper["features"]))
    packed = zlib.decompress(base64.b64decode(str(paper["counts"]), validate=True))
    counts = np.frombuffer(packed, dtype=_PACKED).astype(np.int64).reshape(HOURS, len(lines), -1)
    levels = tuple(_read_level(each) for each in _listed(paper["dispersion"]))
    return Seasons(lines, _ints(paper["rows"]), counts, Dispersion(levels), _floats(paper["degrees"]))


def _profile(paper: Mapping[str, object]) -> Profile:
    features = [each for each in _listed(paper["features"]) if _is_mapping(each)]
    bins = tuple(_bins(each) for each in features)
    names = tuple(str(each["name"]) for each in features)
    counts = np.zeros((len(bins), width_of(bins)), dtype=np.int64)
    centres = np.zeros((len(bins), width_of(bins) - 3))
    for line, each in enumerate(features):
        counts[line, : bins[line].size] = _ints(each["counts"])
        counts[line, -3:] = _ints(each["special"])
        if "centres" in each:
            centres[line, : bins[line].size] = _floats(each["centres"])
    notes = {str(each["name"]): str(each["note"]) for each in features if each["note"] is not None}
    levels = paper["dispersion"]
    dispersion = None if levels is None else Dispersion(tuple(_read_level(each) for each in _listed(levels)))
    latest = {str(each["name"]): float(str(each["latest"])) for each in features if "latest" in each}
    cells = Cells(int(str(paper["rows"])), counts)
    return Profile(names, bins, cells, centres, dispersion, notes, _read_seasons(paper.get("seasons")), latest)


def _bins(each: Mapping[str, object]) -> Bins:
    if each["kind"] == "number":
        edges = tuple(float(str(edge)) for edge in _listed(each["edges"]))
        return NumericBins(edges, tuple(int(str(mass)) for mass in _listed(each["masses"])))
    own, others = (tuple(str(word) for word in _listed(each[key])) for key in ("own", "others"))
    return CategoryBins(own, others, bool(each["closed"]))


def _read_level(level: object) -> Level:
    if not _is_mapping(level):
        raise TypeError("a level of the dispersion is an object")
    mean, second, third, ks = (_floats(level[name]) for name in _FACTORS)
    return Level(
        int(str(level["rows"])), int(str(level["windows"])), mean, second, third, ks, _floats(level["special"])
    )


def _floats(values: object) -> Floats:
    return np.asarray(values, dtype=np.float64)


def _ints(values: object) -> Ints:
    return np.asarray(values, dtype=np.int64)


def _listed(value: object) -> Sequence[object]:
    if not isinstance(value, list):
        raise TypeError("a list is missing")
    return value


def _is_mapping(value: object) -> TypeGuard[Mapping[str, object]]:
    return isinstance(value, dict)
