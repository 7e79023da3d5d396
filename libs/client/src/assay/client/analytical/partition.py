"""Which partition a key belongs to, as Kafka's Java clients choose it: what is joined must be there together."""

from __future__ import annotations

import struct

__all__ = ["partition_of"]

_SEED, _MIX, _SHIFT = 0x9747B28C, 0x5BD1E995, 24
_U32 = 0xFFFFFFFF


def partition_of(key: str, partitions: int) -> int:
    """The partition of a key among so many: its MurmurHash2 without the sign, modulo."""
    return (_murmur2(key.encode()) & 0x7FFFFFFF) % partitions


def _murmur2(data: bytes) -> int:
    size = len(data)
    whole = size // 4
    found = _SEED ^ size
    for word in struct.unpack_from(f"<{whole}I", data):
        mixed = word * _MIX & _U32
        mixed ^= mixed >> _SHIFT
        found = (found * _MIX & _U32) ^ (mixed * _MIX & _U32)
    if rest := data[whole * 4 :]:
        found = (found ^ int.from_bytes(rest, "little")) * _MIX & _U32
    found ^= found >> 13
    found = found * _MIX & _U32
    return found ^ found >> 15
