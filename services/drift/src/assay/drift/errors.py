"""What can go wrong in the drift service."""

from __future__ import annotations

from collections.abc import Sequence

from assay.runtime import AssayError

__all__ = ["DriftError", "ModelUnknownError", "ReferenceUnfitError"]


class DriftError(AssayError):
    """Base of all errors of the drift service."""


class ModelUnknownError(DriftError):
    """No contract speaks of such a model."""

    def __init__(self, model: str) -> None:
        super().__init__(f"no contract has a model {model!r}; `assay model init` writes contracts of one")
        self.model = model


class ReferenceUnfitError(DriftError):
    """What was given can't be what a model is held to."""

    def __init__(self, model: str, reasons: Sequence[str]) -> None:
        super().__init__(f"no reference of the model {model!r}: {'; '.join(reasons)}")
        self.model = model
        self.reasons = tuple(reasons)
