"""The versions that an app is pinned to: said in the log and the metrics when one is on its way out."""

from __future__ import annotations

from collections.abc import Mapping
from logging import INFO, WARNING

from assay.client.shelf import Version
from assay.client.standing import STATES, Standing, State, standing_of
from assay.telemetry import get_logger, metrics

__all__ = ["Pins"]

EVENTS: Mapping[State, str] = {
    "valid": "version.pinned",
    "deprecated": "version.deprecated",
    "retired": "version.retired",
    "unknown": "version.unknown",
}

log = get_logger()


class Pins:
    """Tells of each change in the standing of a pinned version, once."""

    def __init__(self) -> None:
        self._told: dict[tuple[str, str], Standing | None] = {}

    def add(self, contract: str, version: str) -> None:
        """Tell of this version from now on."""
        self._told.setdefault((contract, version), None)

    def look(self, versions: Mapping[str, Mapping[str, Version]]) -> None:
        """Compare with what the registry told; log what is new."""
        for (contract, version), before in self._told.items():
            now = standing_of(versions.get(contract, {}), contract, version)
            if now != before:
                self._told[contract, version] = now
                _count(now)
                if before is None or before.state != now.state:
                    _tell(now)


def _count(standing: Standing) -> None:
    for state in STATES:
        gauge = metrics.VERSIONS_PINNED.labels(contract=standing.contract, version=standing.version, state=state)
        gauge.set(int(state == standing.state))


def _tell(standing: Standing) -> None:
    level = INFO if standing.state == "valid" else WARNING
    facts = {"contract": standing.contract, "version": standing.version, "in_force": standing.in_force}
    log.log(level, EVENTS[standing.state], **facts)
