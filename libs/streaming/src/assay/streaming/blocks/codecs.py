"""Compressed batches, opened in bounded memory: six kilobytes may hold two hundred million zeros."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from enum import IntEnum

import cramjam
from aiokafka.codec import snappy_decode

__all__ = ["MOST_BYTES", "opened"]

MOST_BYTES = 256 * 1024 * 1024
"""What a batch may hold; Kafka bounds what it weighs."""

USUAL_RATIO = 16
WITH_GZIP_HEADER = 31


class _Codec(IntEnum):
    GZIP = 1
    SNAPPY = 2
    LZ4 = 3
    ZSTD = 4


def opened(codec: int, data: bytes) -> bytes:
    """Return what the bytes hold; `codec` is as in the attributes of a batch.

    Raises:
        ValueError: they are not of that codec, or hold more than `MOST_BYTES`.
    """
    try:
        match codec:
            case _Codec.GZIP:
                return _gunzipped(data)
            case _Codec.SNAPPY:
                return bytes(snappy_decode(data))  # it holds 21 times its bytes at most
            case _Codec.LZ4:
                return _within(cramjam.lz4.decompress_into, data)
            case _Codec.ZSTD:
                return _within(cramjam.zstd.decompress_into, data)
    except (cramjam.DecompressionError, zlib.error) as error:
        raise ValueError(f"it does not open, or holds more than {MOST_BYTES:,} bytes: {error}") from error
    raise ValueError(f"its codec {codec} is unknown")


def _gunzipped(data: bytes) -> bytes:
    reader = zlib.decompressobj(WITH_GZIP_HEADER)
    found = reader.decompress(data, MOST_BYTES)
    if not reader.eof:
        raise ValueError(f"it ends early, or holds more than {MOST_BYTES:,} bytes")
    return found


def _within(open_into: Callable[[bytes, bytearray], int], data: bytes) -> bytes:
    """Open into as much room as is usual, and into all there may be where that does not suffice."""
    room = bytearray(min(MOST_BYTES, USUAL_RATIO * len(data) + 1024))
    try:
        return bytes(memoryview(room)[: open_into(data, room)])
    except cramjam.DecompressionError:
        room = bytearray(MOST_BYTES)
        return bytes(memoryview(room)[: open_into(data, room)])
