"""What can go wrong in validation."""

from __future__ import annotations

from assay.runtime import TransientError

__all__ = ["NotSeatedError"]


class NotSeatedError(TransientError):
    """No contract in force names this topic any more; its partitions are about to be given up."""

    def __init__(self, topic: str) -> None:
        self.topic = topic
        super().__init__(f"no contract in force names the raw topic {topic}")
