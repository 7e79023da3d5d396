"""Programs out of Debian's packages, without root: unpacked once into the user's cache."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from assay.testkit.errors import TestkitError

__all__ = ["ProgramUnavailableError", "debian_program", "libraries_of", "share_of"]

_FETCH_S = 180.0
_PRIVATE_LISTS = ("-o", "Dir::State::lists={lists}", "-o", "Dir::Cache={cache}", "-o", "APT::Sandbox::User=")


class ProgramUnavailableError(TestkitError):
    """A program can't be had here."""

    def __init__(self, program: str, reason: str) -> None:
        super().__init__(f"no {program}: {reason}")
        self.program = program
        self.reason = reason


async def debian_program(package: str, program: str, needs: Sequence[str] = ()) -> Path:
    """The program: installed, in the cache, or fetched into it; two runs may do so at once.

    Args:
        package: it holds the program.
        program: its name.
        needs: packages that it can't be run without, and that not every system has.

    Raises:
        ProgramUnavailableError: it is not installed, and its package could not be fetched.
    """
    if installed := shutil.which(program):
        return Path(installed)
    folder = _cache() / package
    if not (folder / "usr" / "bin" / program).exists():
        await _fetch(package, needs, folder)
    found = folder / "usr" / "bin" / program
    if not found.exists():
        raise ProgramUnavailableError(program, f"the package {package} holds none")
    return found


def share_of(program: Path) -> Path:
    """The folder that is /usr/share where the package of a program is installed."""
    return program.parents[1] / "share"


def libraries_of(program: Path) -> Path | None:
    """The folder of the libraries that were unpacked beside a program; None where it is installed."""
    return next((program.parents[1] / "lib").glob("*-linux-*"), None) if _cache() in program.parents else None


def _cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "assay" / "debian"


async def _fetch(package: str, needs: Sequence[str], folder: Path) -> None:
    if not shutil.which("apt-get") or not shutil.which("dpkg-deb"):
        raise ProgramUnavailableError(package, "it is not installed, and this is no Debian that could fetch it")
    folder.parent.mkdir(parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(prefix=f".{package}-", dir=folder.parent))
    try:
        await _download(package, needs, part)
        for archive in _archives(part):
            await _run(package, part, "dpkg-deb", "-x", str(archive), str(part / "unpacked"))
        with contextlib.suppress(OSError):  # another run was first: its folder is as good
            (part / "unpacked").rename(folder)
    finally:
        shutil.rmtree(part, ignore_errors=True)


async def _download(package: str, needs: Sequence[str], part: Path) -> None:
    """By the lists that are here; where they know no such package, by lists of our own."""
    with contextlib.suppress(ProgramUnavailableError):
        await _run(package, part, "apt-get", "-q", "-o", "APT::Sandbox::User=", "download", package, *needs)
    if len(_archives(part)) > len(needs):
        return
    (part / "lists" / "partial").mkdir(parents=True)
    (part / "cache" / "archives" / "partial").mkdir(parents=True)
    ours = [option.format(lists=part / "lists", cache=part / "cache") for option in _PRIVATE_LISTS]
    await _run(package, part, "apt-get", "-q", *ours, "update")
    await _run(package, part, "apt-get", "-q", *ours, "download", package, *needs)


def _archives(part: Path) -> list[Path]:
    return sorted(part.glob("*.deb"))


async def _run(package: str, folder: Path, *command: str) -> None:
    running = await asyncio.create_subprocess_exec(
        *command,
        cwd=folder,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        async with asyncio.timeout(_FETCH_S):
            said, _ = await running.communicate()
    except TimeoutError:
        running.kill()
        raise ProgramUnavailableError(package, f"{command[0]} took longer than {_FETCH_S:g} s") from None
    if running.returncode:
        last = (said.decode(errors="replace").strip().splitlines() or ["it said nothing"])[-1]
        raise ProgramUnavailableError(package, f"{command[0]} failed: {last[:300]}")
