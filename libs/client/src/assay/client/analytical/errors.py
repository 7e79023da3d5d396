"""What a log of predictions refuses."""

from __future__ import annotations

from assay.client.errors import ClientError

__all__ = ["AnswerError", "FeatureError", "NoModelError"]


class FeatureError(ClientError):
    """Features are not those of the model's contract; the message names the feature, never its value."""


class AnswerError(ClientError):
    """An answer says what the model's contract does not know, and would spoil the batch it is in."""


class NoModelError(ClientError):
    """The contract is not that of a model's predictions."""
