"""Which offsets of a partition are settled, and how: a bit for each, in blocks. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

__all__ = ["BLOCK_BYTES", "BLOCK_OFFSETS", "OUTCOMES", "Outcomes", "union"]

BLOCK_BYTES = 8_192
BLOCK_OFFSETS = 8 * BLOCK_BYTES
OUTCOMES = ("replayed", "discarded", "quarantined")


@dataclass(slots=True)
class Outcomes:
    """Some blocks of one partition: bit i of block n is offset n * 65,536 + i, the least significant bit first."""

    blocks: dict[int, dict[str, bytearray]] = field(default_factory=dict)

    def at(self, offset: int) -> str | None:
        """How an offset was settled, None where it is open."""
        place, bit = offset % BLOCK_OFFSETS >> 3, 1 << (offset & 7)
        for outcome, bits in self.blocks.get(offset // BLOCK_OFFSETS, {}).items():
            if bits[place] & bit:
                return outcome
        return None

    def settle(self, offset: int, outcome: str) -> bool:
        """Note how an offset was settled; false where it was before, which stands."""
        block = self.blocks.setdefault(offset // BLOCK_OFFSETS, {})
        place, bit = offset % BLOCK_OFFSETS >> 3, 1 << (offset & 7)
        for bits in block.values():
            if bits[place] & bit:
                return False
        if outcome not in block:
            block[outcome] = bytearray(BLOCK_BYTES)
        block[outcome][place] |= bit
        return True


def union(parts: Iterable[bytes | None]) -> bytes:
    """The bits of a block, however each offset was settled."""
    bits = 0
    for part in parts:
        bits |= int.from_bytes(part or b"", "little")
    return bits.to_bytes(BLOCK_BYTES, "little")
