"""The seven modes: which versions a new one is compared with, and who reads whom."""

from __future__ import annotations

from enum import StrEnum

__all__ = ["Direction", "Mode"]


class Direction(StrEnum):
    """Who reads: the new version what was written with an old one (backward), or the other way round."""

    BACKWARD = "backward"
    FORWARD = "forward"


class Mode(StrEnum):
    """What a new version of a schema must keep."""

    NONE = "NONE"
    BACKWARD = "BACKWARD"
    BACKWARD_TRANSITIVE = "BACKWARD_TRANSITIVE"
    FORWARD = "FORWARD"
    FORWARD_TRANSITIVE = "FORWARD_TRANSITIVE"
    FULL = "FULL"
    FULL_TRANSITIVE = "FULL_TRANSITIVE"

    @property
    def is_transitive(self) -> bool:
        """Whether all versions before count, rather than the last one."""
        return self.endswith("_TRANSITIVE")

    @property
    def directions(self) -> tuple[Direction, ...]:
        """Who has to be able to read whom."""
        match self.removesuffix("_TRANSITIVE"):
            case "BACKWARD":
                return (Direction.BACKWARD,)
            case "FORWARD":
                return (Direction.FORWARD,)
            case "FULL":
                return (Direction.BACKWARD, Direction.FORWARD)
        return ()
