"""What a loop says of itself when it is through: records per second of its CPU and of the wall, its warming up left out."""

from __future__ import annotations

import json
import sys
import time

__all__ = ["Meter"]

WARM = 0.1  # share of the records that is not measured: imports, connections, the first of everything


class Meter:
    """Counts up to a number of records."""

    def __init__(self, records: int) -> None:
        self._records = records
        self._seen = 0
        self._first: tuple[int, float, float] | None = None

    @property
    def is_through(self) -> bool:
        """Whether all have been seen."""
        return self._seen >= self._records

    def saw(self, records: int) -> None:
        """Count some; say on stdout what all took with the last one."""
        self._seen += records
        now = (self._seen, time.process_time(), time.perf_counter())
        if self._first is None and self._seen >= WARM * self._records:
            self._first = now
        elif self._first is not None and self.is_through:
            count, cpu_s, wall_s = (after - before for after, before in zip(now, self._first, strict=True))
            sys.stdout.write(json.dumps({"per_cpu_s": count / cpu_s, "per_wall_s": count / wall_s}) + "\n")
            sys.stdout.flush()
