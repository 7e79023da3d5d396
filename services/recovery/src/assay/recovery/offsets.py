"""Which offsets of a partition are settled: a bit for each, ten million in 1.3 MB. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

__all__ = ["BLOCK_OFFSETS", "OffsetSet"]

BLOCK_OFFSETS = 65_536
BLOCK_BYTES = BLOCK_OFFSETS // 8


class OffsetSet:
    """A set of offsets; bit i of block n stands for offset n * 65,536 + i, the least significant bit first."""

    def __init__(self) -> None:
        self._blocks: dict[int, bytearray] = {}

    def __contains__(self, offset: int) -> bool:
        number, place = divmod(offset, BLOCK_OFFSETS)
        block = self._blocks.get(number)
        return block is not None and bool(block[place >> 3] >> (place & 7) & 1)

    def __len__(self) -> int:
        return sum(int.from_bytes(block, "little").bit_count() for block in self._blocks.values())

    @property
    def end(self) -> int:
        """The offset after the highest one; 0 where there is none."""
        highest = max(self._blocks, default=None)
        if highest is None:
            return 0
        return highest * BLOCK_OFFSETS + int.from_bytes(self._blocks[highest], "little").bit_length()

    def add(self, offset: int) -> None:
        """Note that an offset is settled."""
        number, place = divmod(offset, BLOCK_OFFSETS)
        block = self._blocks.get(number)
        if block is None:
            block = self._blocks[number] = bytearray(BLOCK_BYTES)
        block[place >> 3] |= 1 << (place & 7)

    def update(self, offsets: Iterable[int]) -> None:
        """Note that all of these are settled."""
        for offset in offsets:
            self.add(offset)

    def merge(self, blocks: Mapping[int, bytes]) -> None:
        """Note all that somebody else's blocks have."""
        for number, theirs in blocks.items():
            ours = self._blocks.get(number)
            if ours is None:
                self._blocks[number] = bytearray(theirs)
            else:
                both = int.from_bytes(ours, "little") | int.from_bytes(theirs, "little")
                self._blocks[number] = bytearray(both.to_bytes(BLOCK_BYTES, "little"))

    def drop_before(self, offset: int) -> None:
        """Forget the blocks that end before this offset: the log has nothing there any more."""
        for number in [number for number in self._blocks if (number + 1) * BLOCK_OFFSETS <= offset]:
            del self._blocks[number]
