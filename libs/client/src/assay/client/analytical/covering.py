"""Logs the answers of a server that knows nothing of it: what goes wrong in the log never changes an answer."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from assay.client.analytical.inference import Inference, timed
from assay.client.analytical.predictions import Predictions

__all__ = ["PREDICTION_ID", "covered", "given_id"]

PREDICTION_ID = "x-prediction-id"
"""Header or metadata: of a request, the id that the caller chose; of an answer, the id to log what came of it by."""

_MAX_ID = 128


def given_id(said: str) -> str:
    """The id that a caller chose; empty where it is none that a log can have."""
    return said if 0 < len(said) <= _MAX_ID and said.isascii() and said.isprintable() else ""


@asynccontextmanager
async def covered(log_of: Predictions, said: str) -> AsyncIterator[Inference]:
    """Time a call and log how it ended, without waiting for room; what the call raises goes on.

    Code inside may say more by `current_inference()`.
    """
    found = log_of.begin(given_id(said))
    try:
        with timed(found):
            yield found
    finally:
        log_of.try_end(found)
