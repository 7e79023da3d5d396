"""The headers of a record as they stand on the wire: which names it has, and where their values are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property, lru_cache
from typing import NamedTuple

from assay.streaming.blocks.varint import VARINTS, read
from assay.streaming.record import Headers, UnreadableHeaders

__all__ = ["Layout", "layout", "packed", "spans", "unpacked"]


LONGER = 0x80
"""A byte from here on begins a number of more than one; nearly all lengths of headers are one, read on the spot."""

KEPT_NAMES, KEPT_CHARACTERS = 64, 1_000
"""Layouts with more are not kept: a producer may put a megabyte into a name, and another into the next."""


class Layout:
    """The names of a record's headers, in order; records of one producer share one.

    A name that is not UTF-8 has lone surrogates in place of its wrong bytes (PEP 383).
    """

    def __init__(self, names: tuple[str, ...]) -> None:
        self.names = names

    @cached_property
    def is_readable(self) -> bool:
        """Whether every name is UTF-8."""
        return all(_encodes(name) for name in self.names)

    def having(self, places: Sequence[int]) -> Layout:
        """Return the layout of these headers alone."""
        return layout(tuple(self.names[place] for place in places))


class Span(NamedTuple):
    """Where a header stands among the bytes of all: it begins, its value begins (None for null), it ends."""

    start: int
    value: int | None
    end: int


def layout(names: tuple[str, ...]) -> Layout:
    """Return the layout of these names, mostly the same object for the same names."""
    is_kept = len(names) <= KEPT_NAMES and sum(map(len, names)) <= KEPT_CHARACTERS
    return _kept(names) if is_kept else Layout(names)


@lru_cache(maxsize=1_000)
def _kept(names: tuple[str, ...]) -> Layout:
    return Layout(names)


def spans(headers: bytes, count: int) -> list[Span]:
    """Return where each header stands.

    Raises:
        IndexError, ValueError: the bytes are not that many headers.
    """
    found: list[Span] = []
    end = 0
    for _ in range(count):
        start = end
        length, at = read(headers, start)
        if length < 0:
            raise ValueError("a header without a name")
        length, at = read(headers, at + length)
        end = at + max(0, length)
        found.append(Span(start, None if length < 0 else at, end))
    if end != len(headers):
        raise ValueError(f"{count} headers of {end} bytes in {len(headers)}")
    return found


def names_of(headers: bytes, found: Sequence[Span]) -> tuple[str, ...]:
    """Return the names of headers that stand there."""
    names = []
    for span in found:
        length, at = read(headers, span.start)
        names.append(headers[at : at + length].decode(errors="surrogateescape"))
    return tuple(names)


def unpacked(named: Layout, headers: bytes) -> Headers:
    """Return headers as names and values.

    Raises:
        IndexError, ValueError: the bytes are not those of so many headers.
    """
    found: list[tuple[str, bytes | None]] = []
    at = 0
    for name in named.names:
        byte = headers[at]
        length, at = ((byte >> 1) ^ -(byte & 1), at + 1) if byte < LONGER else read(headers, at)
        if length < 0:
            raise ValueError("a header without a name")
        at += length
        byte = headers[at]
        length, at = ((byte >> 1) ^ -(byte & 1), at + 1) if byte < LONGER else read(headers, at)
        if length < 0:
            found.append((name, None))
        else:
            found.append((name, headers[at : at + length]))
            at += length
    if at != len(headers):
        raise ValueError(f"{len(named.names)} headers of {at} bytes in {len(headers)}")
    return tuple(found) if named.is_readable else UnreadableHeaders(found)


def packed(headers: Headers, encode: Callable[[str], bytes] = str.encode) -> bytes:
    """Return headers as they stand on the wire, without their number."""
    parts: list[bytes] = []
    for name, value in headers:
        encoded = encode(name)
        parts += (VARINTS[len(encoded)], encoded)
        parts += (VARINTS[-1],) if value is None else (VARINTS[len(value)], value)
    return b"".join(parts)


def _encodes(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True
