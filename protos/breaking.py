"""Fails where protos/ breaks the wire of its earlier version: what main had, or what the last change found."""

from __future__ import annotations

import io
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
BUF = Path(sys.executable).with_name("buf")
WIRE = ("buf.yaml", "protos/assay")
MAINS = ("origin/main", "main")


def git(*arguments: str) -> bytes | None:
    """Return what git prints, None where it refuses."""
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, check=False)  # noqa: S603, S607 -- ours
    return done.stdout if done.returncode == 0 else None


def earlier() -> str | None:
    """Return the commit to compare with, None where the wire has no earlier version.

    It is the newest commit on main that this checkout grew from. Where the wire is the same there, it is the commit
    before the last change of the wire, so that a change is held to its predecessor on main as well.
    """
    bases = (git("merge-base", "HEAD", main) for main in MAINS)
    base = next((found.decode().strip() for found in bases if found), "HEAD")
    if git("diff", "--quiet", base, "--", *WIRE) is None:
        return base
    changed = git("log", "-1", "--format=%H", "--", *WIRE)
    before = git("rev-parse", "--verify", "--quiet", f"{changed.decode().strip()}^") if changed else None
    return before.decode().strip() if before else None


def main() -> None:
    """Compare, and exit with what buf says."""
    commit = earlier()
    packed = git("archive", commit, *WIRE) if commit else None
    if packed is None:
        sys.stdout.write("no earlier version of the wire to compare with\n")
        return
    with tempfile.TemporaryDirectory() as folder, tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        archive.extractall(folder, filter="data")
        done = subprocess.run([BUF, "breaking", "--against", folder], cwd=ROOT, check=False)  # noqa: S603 -- ours
    sys.exit(done.returncode)


if __name__ == "__main__":
    main()
