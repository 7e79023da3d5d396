"""Where a version of a contract stands: pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from assay.client.shelf import Version, newest_first

__all__ = ["STATES", "Standing", "State", "standing_of"]

State = Literal["valid", "deprecated", "retired", "unknown"]
STATES: tuple[State, ...] = ("valid", "deprecated", "retired", "unknown")


@dataclass(frozen=True, slots=True)
class Standing:
    """What an app that is pinned to a version must know of it.

    `valid`: keep to it. `deprecated`: it works as before, move on. `retired`: records that declare it are refused.
    `unknown`: the registry never had it. `in_force` is the version to move to; empty where the contract has none.
    """

    contract: str
    version: str
    state: State
    in_force: str

    def in_words(self) -> str:
        """Return it as a line for a person."""
        move = f"; the version in force is {self.in_force}" if self.in_force not in ("", self.version) else ""
        return f"version {self.version} of {self.contract} is {self.state}{move}"


def standing_of(versions: Mapping[str, Version], contract: str, version: str) -> Standing:
    """Return where a version stands among all those of its contract."""
    newest = next((one.version for one in newest_first(versions.values())), "")
    return Standing(contract, version, _state(versions.get(version)), newest)


def _state(version: Version | None) -> State:
    if version is None:
        return "unknown"
    if version.retired:
        return "retired"
    return "deprecated" if version.deprecated else "valid"
