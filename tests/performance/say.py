"""How a measurement tells people where it is."""

from __future__ import annotations

import sys

__all__ = ["say"]


def say(text: str) -> None:
    """Write a line to stderr; stdout is for the figures."""
    sys.stderr.write(f"bench: {text}\n")
