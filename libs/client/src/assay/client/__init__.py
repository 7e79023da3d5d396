"""The SDK of apps: emit events, follow contracts, apply what was validated."""

from assay.client.analytical import (
    Answer,
    Predictions,
    Setting,
)
from assay.client.catalog import Catalog
from assay.client.config import Config
from assay.client.errors import ClientError, ProducerClosedError, RecordTooLargeError, UndeliveredError
from assay.client.event_id import new_event_id
from assay.client.newest import Newest, order_of
from assay.client.producer import Producer
from assay.client.receipt import Accepted, Outcome, Receipt, Rejected
from assay.client.shelf import Version
from assay.client.standing import Standing
from assay.client.stats import Stats

__all__ = [
    "Accepted",
    "Answer",
    "Catalog",
    "ClientError",
    "Config",
    "Newest",
    "Outcome",
    "Predictions",
    "Producer",
    "ProducerClosedError",
    "Receipt",
    "RecordTooLargeError",
    "Rejected",
    "Setting",
    "Standing",
    "Stats",
    "UndeliveredError",
    "Version",
    "new_event_id",
    "order_of",
]
