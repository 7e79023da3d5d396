"""Departures as records: the rows of the flights table, in event-time order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from assay.examples.flights.tables import read_flights

__all__ = ["Departure", "departures", "in_event_time_order"]

_RFC3339 = "%Y-%m-%dT%H:%M:%SZ"
_BATCH_ROWS = 5_000
_HOUR = "time_hour"
_SCHEDULED = "scheduled_departure"


@dataclass(frozen=True, slots=True)
class Departure:
    """One row of the table: whole numbers as they are, a missing value as None, times in UTC."""

    key: str
    record: dict[str, str | int | None]


def departures(last_month: int = 12) -> Iterator[Departure]:
    """Yield the departures of January up to and with `last_month`, by scheduled time; equal times keep file order.

    The key is carrier and flight number ("UA1545"): one flight number flies about once a day, so its records keep
    their order, the partitions fill evenly, and a missing tail number does not leave the record without a key.
    """
    for batch in in_event_time_order(last_month).to_batches(max_chunksize=_BATCH_ROWS):
        for row in batch.to_pylist():
            yield Departure(key=f"{row['carrier']}{row['flight']}", record=row)


def in_event_time_order(last_month: int) -> pa.Table:
    """Answer the chosen months with `scheduled_departure` added, sorted by it."""
    table = read_flights()
    table = table.filter(pc.less_equal(table["month"], last_month))
    since_hour = pc.cast(pc.multiply(table["minute"], 60), pa.duration("s"))
    scheduled = pc.add(table[_HOUR], since_hour)
    order = pc.sort_indices(
        pa.table({"at": scheduled, "row": pa.array(range(table.num_rows))}),
        sort_keys=[("at", "ascending"), ("row", "ascending")],
    )
    hour = table.schema.get_field_index(_HOUR)
    table = table.set_column(hour, _HOUR, pc.strftime(table[_HOUR], format=_RFC3339))
    return table.append_column(_SCHEDULED, pc.strftime(scheduled, format=_RFC3339)).take(order)
