"""Rows as the events that they travel in."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from assay.client.analytical.answer import Row
from assay.client.analytical.columns import batch
from assay.client.analytical.rows import prediction, vector
from assay.client.analytical.setting import Setting

__all__ = ["Event", "events_of"]


@dataclass(frozen=True, slots=True)
class Event:
    """A record of one of the logs. Its id is its own, so that it counts once if it is emitted again."""

    role: str
    value: bytes
    key: str
    traceparent: str
    event_id: str


def events_of(setting: Setting, rows: Sequence[Row], new_id: Callable[[], str]) -> Iterator[Event]:
    """The events of rows: one of all, or of each its answer and what that was made from."""
    if setting.layout == "columns":
        yield Event("predictions", batch(setting, rows).SerializeToString(), rows[0].prediction_id, "", new_id())
        return
    for row in rows:
        value = prediction(setting, row).SerializeToString()
        yield Event("predictions", value, row.prediction_id, row.traceparent, new_id())
        if setting.features.features:
            value = vector(setting, row).SerializeToString()
            yield Event("features", value, row.prediction_id, row.traceparent, new_id())
