"""What can go wrong in the drift service."""

from __future__ import annotations

from assay.runtime import AssayError

__all__ = ["DriftError", "ModelUnknownError"]


class DriftError(AssayError):
    """Base of all errors of the drift service."""


class ModelUnknownError(DriftError):
    """No contract speaks of such a model."""

    def __init__(self, model: str) -> None:
        super().__init__(f"no contract has a model {model!r}; `assay model init` writes contracts of one")
        self.model = model
