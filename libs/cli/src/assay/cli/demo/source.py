"""What goes in: the rows of the example, and what they alone say must come out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from assay.cli.demo.census import fingerprint, fingerprint_of
from assay.cli.demo.delays import Delays, read_delays
from assay.cli.demo.recount import ExpectedFlights, recount
from assay.cli.errors import CommandError
from assay.examples.flights import Departure, PlaneChange, TableNotFoundError, departures, plane_changes

__all__ = ["Source", "read_source"]


@dataclass(frozen=True, slots=True)
class Source:
    """The rows to send, by fingerprint, the recount of them, and the model that is asked about them."""

    last_month: int
    expected: ExpectedFlights
    flights: Counter[int]
    changes: Sequence[PlaneChange]
    delays: Delays

    @property
    def planes(self) -> Counter[int]:
        """The change events by fingerprint."""
        return Counter(fingerprint(change.value) for change in self.changes)

    @property
    def change_days(self) -> list[str]:
        """The days on which a plane changed."""
        return sorted({datetime.fromtimestamp(change.at_ms / 1000, UTC).date().isoformat() for change in self.changes})

    def departures(self) -> Iterator[Departure]:
        """The flights to send, in event-time order."""
        return departures(self.last_month)


def read_source(last_month: int) -> Source:
    """Read and count the tables up to and with that month, and train the model; blocks for seconds.

    Raises:
        CommandError: the tables are not installed.
    """
    flights: Counter[int] = Counter()

    def counted() -> Iterator[dict[str, str | int | None]]:
        for departure in departures(last_month):
            flights[fingerprint_of(departure.record)] += 1
            yield departure.record

    try:
        return Source(last_month, recount(counted()), flights, plane_changes(), read_delays(last_month))
    except TableNotFoundError as error:
        raise CommandError(str(error)) from error
