"""Where in a record: the name of a field, or a JSON Pointer (RFC 6901) with `*` for every place of an array."""

from __future__ import annotations

import functools
import re

__all__ = ["EVERY", "Pointer", "fits", "parse", "text"]

EVERY = "*"
"""The part of a pointer that stands for every place of an array, or every key of a map."""

Pointer = tuple[str, ...]

_ESCAPE = re.compile("~[01]")
_ESCAPED = {"~0": "~", "~1": "/"}


@functools.lru_cache(maxsize=4096)
def parse(said: str) -> Pointer:
    """The parts of a pointer; what does not begin with `/` is the name of one field."""
    if not said.startswith("/"):
        return (said,) if said else ()
    return tuple(_ESCAPE.sub(lambda found: _ESCAPED[found[0]], part) for part in said[1:].split("/"))


def text(pointer: Pointer) -> str:
    """The pointer as RFC 6901 writes it."""
    return "".join(f"/{part.replace('~', '~0').replace('/', '~1')}" for part in pointer)


def fits(pattern: Pointer, said: str) -> bool:
    """Whether a pointer is one of those that a pattern stands for."""
    parts = parse(said)
    return len(parts) == len(pattern) and all(
        wanted in (EVERY, part) for wanted, part in zip(pattern, parts, strict=True)
    )
