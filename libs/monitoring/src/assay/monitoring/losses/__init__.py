"""How large errors of a regression are, foretold from the features: from counts that every window has already."""

from __future__ import annotations

from assay.monitoring.losses.fitting import LEAST_LABELLED, ROWS_EACH, loss_model_of
from assay.monitoring.losses.model import LossModel
from assay.monitoring.losses.papers import profile_with_losses, read_losses

__all__ = ["LEAST_LABELLED", "ROWS_EACH", "LossModel", "loss_model_of", "profile_with_losses", "read_losses"]
