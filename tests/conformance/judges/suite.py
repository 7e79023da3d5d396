"""The official JSON-Schema-Test-Suite, out of the source distribution of `jsonschema` on the package index."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["BASE", "Group", "Suite", "SuiteUnavailableError", "open_suite"]

VERSION = "4.26.0"
SHA256 = "0c26707e2efad8aa1bfc5b7ce170f3fccc2e4918ff85989ba9ffa9facb2be326"
CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "assay" / "json-schema-test-suite"
BASE = "http://localhost:1234/"
FETCH_S = 120


class SuiteUnavailableError(Exception):
    """The suite could not be had here; the message says why."""


@dataclass(frozen=True)
class Group:
    """One schema of the suite, and values that it should take or refuse."""

    name: str
    schema: Any
    tests: tuple[tuple[str, bytes, bool], ...]


class Suite:
    """The suite in a folder: its groups by draft, and the schemas that they refer to."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def required(self, draft: str) -> list[Group]:
        return list(self._groups(self._root / "tests" / f"draft{draft}"))

    def formats(self, draft: str) -> list[Group]:
        return list(self._groups(self._root / "tests" / f"draft{draft}" / "optional" / "format"))

    @property
    def remote_folder(self) -> Path:
        return self._root / "remotes"

    def remotes(self) -> dict[str, Any]:
        folder = self.remote_folder
        return {BASE + each.relative_to(folder).as_posix(): _read(each) for each in folder.rglob("*.json")}

    def _groups(self, folder: Path) -> Iterator[Group]:
        for path in sorted(folder.glob("*.json")):
            for group in _read(path):
                tests = (
                    (each["description"], json.dumps(each["data"]).encode(), each["valid"]) for each in group["tests"]
                )
                yield Group(f"{path.stem}: {group['description']}", group["schema"], tuple(tests))


def open_suite() -> Suite:
    """The suite from the cache, or fetched into it.

    Raises:
        SuiteUnavailableError: it could not be fetched.
    """
    folder = CACHE / f"jsonschema-{VERSION}"
    if not folder.is_dir():
        _fetch(folder)
    return Suite(folder / "json")


def _fetch(folder: Path) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as place:
        archive = Path(place) / f"jsonschema-{VERSION}.tar.gz"
        command = [
            *_pip(),
            "download",
            "-q",
            "--no-deps",
            "--no-binary",
            "jsonschema",
            "-d",
            place,
            f"jsonschema=={VERSION}",
        ]
        try:
            subprocess.run(command, check=True, capture_output=True, timeout=FETCH_S)
        except (OSError, subprocess.SubprocessError) as error:
            raise SuiteUnavailableError(f"jsonschema {VERSION} could not be fetched: {type(error).__name__}") from error
        if hashlib.sha256(archive.read_bytes()).hexdigest() != SHA256:
            raise SuiteUnavailableError(f"{archive.name} is not the file that was expected")
        with tarfile.open(archive) as packed:
            packed.extractall(place, filter="data")
        (Path(place) / folder.name).rename(folder)


def _pip() -> list[str]:
    if importlib.util.find_spec("pip"):
        return [sys.executable, "-m", "pip"]
    return [shutil.which("uv") or "uv", "tool", "run", "pip"]


def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))
