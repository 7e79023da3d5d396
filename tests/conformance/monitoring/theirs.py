"""What Evidently and NannyML say, asked in an environment of their own: its packages are pinned and come from the index."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["PeersUnavailableError", "Sample", "Theirs", "ask"]

SCRIPT = Path(__file__).parent / "peers" / "drift.py"
FETCH_S = 600
WORK_S = 900
SILENT = {"DO_NOT_TRACK": "1", "NML_DISABLE_USAGE_LOGGING": "1"}
"""Both tell their makers of each use, unless they are told not to."""


class PeersUnavailableError(Exception):
    """The environment of the peers could not be had here; the message says why."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One column, of a reference and of a window: `words` or `numbers`."""

    kind: str
    reference: Sequence[object]
    current: Sequence[object]


@dataclass(frozen=True, slots=True)
class Theirs:
    """Their numbers, and the folder with the sets that NannyML brings (`<set>.reference.csv`, `<set>.current.csv`)."""

    numbers: Mapping[str, Any]
    folder: Path

    def of(self, sample: str, peer: str) -> Mapping[str, float]:
        """Return what a peer measures of a sample, method by method."""
        found: Mapping[str, float] = self.numbers["samples"][sample][peer]
        return found


def ask(samples: Mapping[str, Sample], folder: Path) -> Theirs:
    """Have the peers measure samples, and their own sets.

    Raises:
        PeersUnavailableError: their packages could not be fetched.
        RuntimeError: they were there, and failed.
    """
    uv = shutil.which("uv")
    if uv is None:
        raise PeersUnavailableError("Evidently and NannyML need uv, which is not on the path")
    try:
        _run([uv, "sync", "--quiet", "--locked", "--script", str(SCRIPT)], FETCH_S)
    except (RuntimeError, subprocess.TimeoutExpired) as error:
        raise PeersUnavailableError(f"Evidently and NannyML could not be fetched: {error}") from error
    written = {
        name: {"kind": each.kind, "reference": [*each.reference], "current": [*each.current]}
        for name, each in samples.items()
    }
    (folder / "samples.json").write_text(json.dumps(written))
    _run([uv, "run", "--quiet", "--locked", "--script", str(SCRIPT), str(folder)], WORK_S)
    return Theirs(json.loads((folder / "theirs.json").read_text()), folder)


def _run(command: Sequence[str], within_s: float) -> None:
    env = {name: value for name, value in os.environ.items() if name not in {"VIRTUAL_ENV", "PYTHONPATH"}}
    done = subprocess.run(
        command, env=env | SILENT, capture_output=True, text=True, timeout=within_s, check=False, cwd=SCRIPT.parent
    )
    if done.returncode:
        raise RuntimeError(f"ended with {done.returncode}: {done.stderr.strip()[-1_000:]}")
