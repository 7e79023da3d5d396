"""Runs a measurement of tests/performance as a process of its own and reads what it found."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from assay.cli.errors import CommandError
from assay.testkit.workspace import find_upwards

__all__ = ["alerts", "drift", "growth", "recovery", "registry", "validate"]

FOLDER = "tests/performance/validate.py"


def validate(records: int, rounds: int) -> dict[str, Any]:
    """Return the figures of each size.

    Raises:
        CommandError: this is no clone of Assay, or the measurement failed; it has said why on stderr.
    """
    return _run("validate", "--records", str(records), "--rounds", str(rounds))


def growth(records: int) -> dict[str, Any]:
    """Return the cost of a record along each axis of growth.

    Raises:
        CommandError: this is no clone of Assay, or the measurement failed; it has said why on stderr.
    """
    return _run("growth", "--records", str(records))


def registry(schemas: int, requests: int, rounds: int) -> dict[str, Any]:
    """Return the figures of the registry.

    Raises:
        CommandError: this is no clone of Assay, or the measurement failed; it has said why on stderr.
    """
    sizes = ("--schemas", str(schemas), "--requests", str(requests), "--rounds", str(rounds))
    return _run("registry", *sizes)


def recovery(dead: int, kills: int, rounds: int) -> dict[str, Any]:
    """Return the figures of recovery.

    Raises:
        CommandError: this is no clone of Assay, or the measurement failed; it has said why on stderr.
    """
    return _run("recovery", "--dead", str(dead), "--kills", str(kills), "--rounds", str(rounds))


def alerts(contracts: int, panes: int, rounds: int) -> dict[str, Any]:
    """Return the figures of alerts.

    Raises:
        CommandError: this is no clone of Assay, or the measurement failed; it has said why on stderr.
    """
    return _run("alerts", "--contracts", str(contracts), "--panes", str(panes), "--rounds", str(rounds))


def drift(rows: int, rounds: int) -> dict[str, Any]:
    """Return the figures of drift.

    Raises:
        CommandError: this is no clone of Assay, or the measurement failed; it has said why on stderr.
    """
    return _run("drift", "--rows", str(rows), "--rounds", str(rounds))


def _run(name: str, *arguments: str) -> dict[str, Any]:
    command = [sys.executable, "-m", f"tests.performance.{name}", *arguments]
    done = subprocess.run(command, cwd=_clone(), stdout=subprocess.PIPE, text=True, check=False)  # noqa: S603 -- ours
    if done.returncode:
        raise CommandError(f"the measurement ended with {done.returncode}; what it said is above")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _clone() -> Path:
    found = find_upwards(FOLDER)
    if found is None:
        raise CommandError(f"{FOLDER} is not here; measurements run from a clone of Assay")
    return found.parents[2]
