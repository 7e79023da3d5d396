"""What a log of predictions refuses."""

from __future__ import annotations

from assay.client.errors import ClientError

__all__ = ["AnswerError", "FeatureError", "NoModelError", "RecordLimitError", "SettingError"]


class FeatureError(ClientError):
    """Features are not those of the model's contract; the message names the feature, never its value."""


class AnswerError(ClientError):
    """An answer says what the model's contract does not know, and would spoil the batch it is in."""


class NoModelError(ClientError):
    """The contract is not that of a model's predictions."""


class SettingError(ClientError):
    """What all rows would say is nothing that a record of the model may say."""


class RecordLimitError(ClientError):
    """Records may not be as large as the smallest row of the model."""

    def __init__(self, contract: str, limit_bytes: int, least_bytes: int) -> None:
        self.contract, self.limit_bytes, self.least_bytes = contract, limit_bytes, least_bytes
        super().__init__(
            f"a record of {contract} may have {limit_bytes} bytes, and one with a single row has up to {least_bytes};"
            " raise maxRecordBytes in its contract, or record_limit_bytes of the producer"
        )
