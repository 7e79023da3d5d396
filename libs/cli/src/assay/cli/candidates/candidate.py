"""One record from a file, or that it was too large to be taken."""

from __future__ import annotations

from dataclasses import dataclass

from assay.cli.errors import CommandError

__all__ = ["Candidate", "Oversized", "UnreadableError"]


@dataclass(frozen=True, slots=True)
class Oversized:
    """A record above the limit, of which the size alone is kept."""

    size_bytes: int


Candidate = bytes | Oversized


class UnreadableError(CommandError):
    """A file is not of the form that it was said to be; nothing more can be read from it."""
