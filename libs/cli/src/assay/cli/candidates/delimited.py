"""Protobuf messages one after the other, each behind its length as a varint."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from assay.cli.candidates.candidate import Candidate, Oversized, UnreadableError

__all__ = ["messages"]

PIECE = 64 * 1024
MAX_VARINT = 10


def messages(file: BinaryIO, limit: int) -> Iterator[Candidate]:
    """Give each message; one above the limit is passed over, not held.

    Raises:
        UnreadableError: the file ends within a message, or a length is none.
    """
    number = 0
    while (size := _length(file, number)) is not None:
        number += 1
        if size > limit:
            _pass_over(file, size, number)
            yield Oversized(size)
        else:
            yield _read(file, size, number)


def _length(file: BinaryIO, number: int) -> int | None:
    length = 0
    for place in range(MAX_VARINT):
        byte = file.read(1)
        if not byte:
            if place:
                raise UnreadableError(f"the file ends within the length after message {number}")
            return None
        length |= (byte[0] & 0x7F) << (7 * place)
        if byte[0] < 0x80:
            return length
    raise UnreadableError(f"what stands after message {number} is no length; is each message behind its own?")


def _read(file: BinaryIO, size: int, number: int) -> bytes:
    value = file.read(size)
    if len(value) < size:
        raise UnreadableError(f"the file ends within message {number}: {len(value)} of {size} bytes")
    return value


def _pass_over(file: BinaryIO, size: int, number: int) -> None:
    while size > 0:
        size -= len(_read(file, min(size, PIECE), number))
