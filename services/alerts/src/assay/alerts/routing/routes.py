"""The channels and the rules that lead to them, as they are in force: what a channels file comes to. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from assay.alerts.breaches import Recipient
from assay.alerts.routing.rules import Rule

__all__ = ["DEFAULT", "Routes", "Way"]


@dataclass(frozen=True, slots=True)
class Way:
    """A channel as a route sees it; one that `is_addressed` goes to each contact for itself, all others to all at once."""

    name: str
    kind: str
    is_addressed: bool = False


@dataclass(frozen=True, slots=True)
class Routes:
    """Channels by name, the rules in their order, templates of links by name, and who runs Assay here."""

    ways: Mapping[str, Way]
    rules: tuple[Rule, ...]
    links: Mapping[str, str] = field(default_factory=dict)
    operators: tuple[Recipient, ...] = ()


DEFAULT = Routes({"log": Way("log", "log"), "file": Way("file", "file")}, (Rule(to=("log", "file")),))
"""Without a channels file every breach goes to the log and to the outbox file."""
