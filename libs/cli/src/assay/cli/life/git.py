"""What git knows of files: their text at a revision, and who committed them."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

from assay.cli.errors import CommandError

__all__ = ["Commit", "Repository", "repository"]

_GIT_S = 60.0
_FIELDS = 3
_PAST = "100"


@dataclass(frozen=True, slots=True)
class Commit:
    """The last commit of a file: the address of its author, and who signed it, empty where no good signature is."""

    author: str = ""
    signer: str = ""


@dataclass(frozen=True, slots=True)
class Repository:
    """A work tree."""

    top: Path

    def revision(self, name: str) -> str:
        """The commit that a name stands for.

        Raises:
            CommandError: it stands for none.
        """
        found = _git(self.top, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
        if found is None:
            raise CommandError(f"git knows no revision {name!r} in {self.top}; fetch it, or name another")
        return found.decode().strip()

    def path(self, file: Path) -> str:
        """Where a file is in the repository, whether it is there or not.

        Raises:
            CommandError: it is outside.
        """
        try:
            return file.resolve().relative_to(self.top).as_posix()
        except ValueError as error:
            raise CommandError(f"{file} is not in the repository {self.top}") from error

    def text(self, revision: str, path: str) -> bytes | None:
        """The text of a file at a revision; None where it is not there."""
        return _git(self.top, "cat-file", "blob", f"{revision}:{path}")

    def files(self, revision: str, folder: str) -> list[str]:
        """The files in a folder at a revision, however deep."""
        prefix = [f"{folder}/"] if folder not in ("", ".") else []
        listing = _git(self.top, "ls-tree", "-r", "-z", "--name-only", revision, "--", *prefix) or b""
        return [each.decode(errors="replace") for each in listing.split(b"\0") if each]

    def history(self, revision: str, path: str) -> list[str]:
        """The revisions of the main line that changed a file, newest first, at most a hundred."""
        found = _git(self.top, "log", "--first-parent", "-n", _PAST, "--format=%H", revision, "--", path) or b""
        return found.decode().split()

    def last_commit(self, file: Path) -> Commit:
        """The last commit of a file; nothing is known of one that was edited since, or never committed."""
        path = self.path(file)
        if _git(self.top, "status", "--porcelain", "--", path) != b"":
            return Commit()
        said = _git(self.top, "log", "-1", "--format=%ae%x00%G?%x00%GS", "--", path) or b""
        facts = said.decode(errors="replace").rstrip("\n").split("\0")
        if len(facts) != _FIELDS:
            return Commit()
        author, state, signer = facts
        return Commit(_account(author), _address(signer) if state == "G" else "")


def repository(near: Path) -> Repository:
    """The repository that a path is in.

    Raises:
        CommandError: it is in none, or there is no git.
    """
    folder = near if near.is_dir() else near.parent
    while not folder.is_dir() and folder != folder.parent:
        folder = folder.parent
    found = _git(folder, "rev-parse", "--show-toplevel")
    if found is None:
        raise CommandError(f"{folder} is in no git repository")
    return Repository(Path(found.decode().rstrip("\n")).resolve())


def _git(folder: Path, *arguments: str) -> bytes | None:
    """What git writes; None where it refuses."""
    command = ["git", "-C", str(folder), "-c", "core.quotePath=false", *arguments]
    try:
        done = subprocess.run(command, capture_output=True, timeout=_GIT_S, check=False)  # noqa: S603 -- no shell, and names follow options
    except FileNotFoundError as error:
        raise CommandError("git is not installed; what changed can't be seen without it") from error
    return done.stdout if done.returncode == 0 else None


def _address(signer: str) -> str:
    """The address in `Ana <ana@example.org>`, or all of it."""
    _, is_there, rest = signer.partition("<")
    return rest.rstrip(">").strip() if is_there else signer.strip()


def _account(author: str) -> str:
    """The account behind the address that GitHub gives to those who hide theirs."""
    name, _, host = author.partition("@")
    return name.rpartition("+")[2] if host == "users.noreply.github.com" else author
