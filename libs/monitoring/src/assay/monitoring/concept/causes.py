"""Why a model does worse or better: other inputs, or the same inputs with another meaning."""

from __future__ import annotations

from typing import Literal

__all__ = ["Cause", "cause_of"]

Cause = Literal["none", "covariate", "concept", "both"]


def cause_of(*, lost: bool, foretold: bool, miscalibrated: bool) -> Cause:
    """Tell covariate drift from concept drift, by which of three tests of a window speak.

    `foretold`: the loss that calibrated scores foretell has moved, which inputs alone can do. `miscalibrated`: labels
    are not what the scores say. `lost`: the realised loss has moved; where the scores did not foretell it, the meaning
    of the inputs has changed.
    """
    concept = miscalibrated or (lost and not foretold)
    if foretold:
        return "both" if concept else "covariate"
    return "concept" if concept else "none"
