"""Apache Kafka's jars: from the user's cache, or fetched into it through Maven once."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import re
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from assay.testkit.errors import BrokerUnavailableError
from assay.testkit.processes import Child

__all__ = ["cache_folder", "cached_jars", "fetch_jars"]

_SILENCE_S = 20.0
_ERROR = re.compile(r"^\[(?:ERROR|FATAL)\]\s*")


def cache_folder(pom: Path) -> Path:
    """Where the jars of this pom are kept: by Kafka's version and by all that the pom says."""
    text = pom.read_text()
    version = re.search(r"<kafka\.version>(.+?)<", text)
    digest = hashlib.sha256(text.encode()).hexdigest()[:8]
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return cache / "assay" / "kafka" / f"{version[1] if version else 'unknown'}-{digest}"


def cached_jars(pom: Path) -> Path | None:
    """The folder with all jars, or None; a folder of that name is always complete."""
    folder = cache_folder(pom)
    return folder if folder.is_dir() else None


async def fetch_jars(pom: Path, say: Callable[[str], None]) -> Path:
    """Fetch the jars into the cache; two runs may do so at once.

    Raises:
        BrokerUnavailableError: Maven is absent, failed, or heard nothing from its repository for 20 s.
    """
    maven = shutil.which("mvn")
    if maven is None:
        raise BrokerUnavailableError("kafka", "its jars are not cached and Maven (mvn) is not installed")
    folder = cache_folder(pom)
    folder.parent.mkdir(parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    say("Fetching Apache Kafka through Maven, once (46 jars, 44 MB) ...")
    try:
        await _run_maven(maven, pom, part)
        with contextlib.suppress(OSError):  # another run was first: its folder is as good
            (part / "jars").rename(folder)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    if not folder.is_dir():
        raise BrokerUnavailableError("kafka", f"Maven's jars could not be moved to {folder}")
    return folder


async def _run_maven(maven: str, pom: Path, part: Path) -> None:
    command = [
        maven, "-B", "--strict-checksums", "-f", str(pom),
        "dependency:copy-dependencies", "-DincludeScope=runtime", f"-DoutputDirectory={part / 'jars'}",
    ]  # fmt: skip
    async with Child("maven", command, log=part / "maven.log") as maven_run:
        await _until_ended_or_silent(maven_run)
        code = await maven_run.ended()
    if code != 0:
        raise BrokerUnavailableError("kafka", f"Maven failed: {_first_error(maven_run.log)}")


async def _until_ended_or_silent(maven_run: Child) -> None:
    heard, heard_at = 0, time.monotonic()
    while maven_run.is_running:
        await asyncio.sleep(0.1)
        size = _arrived(maven_run.log)
        if size > heard:
            heard, heard_at = size, time.monotonic()
        if time.monotonic() - heard_at > _SILENCE_S:
            await maven_run.kill()
            raise BrokerUnavailableError("kafka", f"Maven got nothing from its repository for {_SILENCE_S:g} s")


def _arrived(log: Path) -> int:
    """How many things Maven reports as downloaded or copied."""
    text = log.read_text(errors="replace")
    return text.count("] Downloaded from ") + text.count("] Copying ")


def _first_error(log: Path) -> str:
    lines = [line.strip() for line in log.read_text(errors="replace").splitlines()]
    errors = [_ERROR.sub("", line) for line in lines if _ERROR.match(line)]
    return (errors or lines or ["it said nothing"])[0][:300]
