"""Records as columns of bytes, from Kafka's record batches and back into them."""

from assay.streaming.blocks.block import Block, Onward
from assay.streaming.blocks.reading import RawBatch, read_batches
from assay.streaming.blocks.writing import PackedBatch, pack

__all__ = ["Block", "Onward", "PackedBatch", "RawBatch", "pack", "read_batches"]
