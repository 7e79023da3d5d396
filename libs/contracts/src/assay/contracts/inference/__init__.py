"""What a contract would say, guessed from records: types, presence, values, identifiers, what is personal."""

from __future__ import annotations

from assay.contracts.inference.overlay import overlaid
from assay.contracts.inference.sample import Sample

__all__ = ["Sample", "overlaid"]
