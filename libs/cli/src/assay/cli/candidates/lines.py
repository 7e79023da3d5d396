"""Records that stand on lines: JSON as it is, any form in base64."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from typing import BinaryIO

from assay.cli.candidates.candidate import Candidate, Oversized, UnreadableError

__all__ = ["base64_lines", "json_lines"]

PIECE = 64 * 1024


def json_lines(file: BinaryIO, limit: int) -> Iterator[Candidate]:
    """Give the value on each line that is not blank; one above the limit is passed over, not held."""
    for line in _lines(file, limit):
        if isinstance(line, Oversized) or line.strip():
            yield line


def base64_lines(file: BinaryIO, limit: int) -> Iterator[Candidate]:
    """Give what each line decodes to; a blank one is a record of no bytes.

    Raises:
        UnreadableError: a line is no base64.
    """
    for number, line in enumerate(_lines(file, (limit + 2) // 3 * 4), 1):
        if isinstance(line, Oversized):
            yield Oversized(line.size_bytes // 4 * 3)
            continue
        try:
            yield base64.b64decode(line.strip(), validate=True)
        except binascii.Error as error:
            raise UnreadableError(f"line {number} is no base64: {error}") from error


def _lines(file: BinaryIO, limit: int) -> Iterator[Candidate]:
    while line := file.readline(limit + 2):  # room for the end of the line
        if line.endswith(b"\n") or len(line) < limit + 2:
            text = line.removesuffix(b"\n").removesuffix(b"\r")
            yield text if len(text) <= limit else Oversized(len(text))
        else:
            yield Oversized(len(line) + _rest(file, line[-1:]))


def _rest(file: BinaryIO, tail: bytes) -> int:
    """Pass over the rest of a line that begins with `tail`; return its size without the end of the line."""
    size = 0
    while piece := file.readline(PIECE):
        size, tail = size + len(piece), (tail + piece)[-2:]
        if piece.endswith(b"\n"):
            break
    return size - len(tail) + len(tail.removesuffix(b"\n").removesuffix(b"\r"))
