"""One contract in every version of the standard: what an older one has no place for is carried along.

An older form says as much as its version can in the words of that version; the rest is in two custom properties of the
contract, `assay.sla` (those of service levels, by the id of the level) and `assay.carried` (patches). Back in the newest
version, the contract is what it was.
"""

from __future__ import annotations

import copy
from typing import Any

from assay.contracts.standard.lowering import to_3_0, to_3_1
from assay.contracts.standard.patches import Patch, differences, patched
from assay.contracts.standard.raising import from_3_0, from_3_1
from assay.contracts.vocabulary import OLDER

__all__ = ["CARRIED", "SLA", "STANDARD_VERSIONS", "in_version", "newest"]

STANDARD_VERSIONS = {"3.0": "v3.0.2", "3.1": "v3.1.0", "3.2": "v3.2.0"}
"""Versions that a contract can be written in, as people say them and as the file does."""

SLA, CARRIED = OLDER


def in_version(value: dict[str, Any], version: str) -> dict[str, Any]:
    """A contract of the newest version in another one.

    Raises:
        KeyError: there is no such version.
    """
    said = STANDARD_VERSIONS[version]
    if said == "v3.2.0":
        return {**copy.deepcopy(value), "apiVersion": said}
    lower = copy.deepcopy(value)
    levels = to_3_1(lower)
    if said == "v3.0.2":
        to_3_0(lower)
    lower["apiVersion"] = said
    carried = list(differences(_raised(lower, levels), {**value, "apiVersion": STANDARD_VERSIONS["3.2"]}))
    properties = lower.setdefault("customProperties", [])
    properties += [{"property": SLA, "value": levels}] if levels else []
    properties += [{"property": CARRIED, "value": carried}] if carried else []
    if not properties:
        del lower["customProperties"]
    return lower


def newest(value: dict[str, Any]) -> tuple[dict[str, Any], list[Patch]]:
    """A contract of any version in the newest one, and the patches whose place is not there any more."""
    lower = copy.deepcopy(value)
    if lower.get("apiVersion") == STANDARD_VERSIONS["3.2"]:
        return lower, []
    levels, carried = _taken(lower, SLA) or {}, _taken(lower, CARRIED) or []
    return patched(_raised(lower, levels), carried)


def _raised(lower: dict[str, Any], levels: dict[str, Any]) -> dict[str, Any]:
    value = copy.deepcopy(lower)
    if str(value["apiVersion"]).startswith("v3.0"):
        from_3_0(value)
    from_3_1(value, levels)
    return {**value, "apiVersion": STANDARD_VERSIONS["3.2"]}


def _taken(value: dict[str, Any], name: str) -> Any:
    listed = value.get("customProperties", [])
    found = next((each for each in listed if each.get("property") == name), None)
    if found is None:
        return None
    listed.remove(found)
    if not listed:
        del value["customProperties"]
    return found.get("value")
