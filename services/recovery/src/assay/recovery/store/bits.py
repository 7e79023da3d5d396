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
        block = self.blocks.get(offset // BLOCK_OFFSETS)
        if block is None:
            return None
        place, bit = divmod(offset % BLOCK_OFFSETS, 8)
        return next((outcome for outcome, bits in block.items() if bits[place] >> bit & 1), None)

    def settle(self, offset: int, outcome: str) -> bool:
        """Note how an offset was settled; false where it was before, which stands."""
        if self.at(offset) is not None:
            return False
        block = self.blocks.setdefault(offset // BLOCK_OFFSETS, {})
        place, bit = divmod(offset % BLOCK_OFFSETS, 8)
        block.setdefault(outcome, bytearray(BLOCK_BYTES))[place] |= 1 << bit
        return True


def union(parts: Iterable[bytes | None]) -> bytes:
    """The bits of a block, however each offset was settled."""
    bits = 0
    for part in parts:
        bits |= int.from_bytes(part or b"", "little")
    return bits.to_bytes(BLOCK_BYTES, "little")
