"""What the numbers of a minute count, by name: what slices of different versions count is told apart by it. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from itertools import accumulate, pairwise
from typing import NamedTuple

from assay.contracts import Counts, Reason

__all__ = ["DIGEST_BYTES", "Layout"]

DIGEST_BYTES = 8
REASONS = tuple(str(reason) for reason in Reason)


class Layout(NamedTuple):
    """The names of numbers, in their order: `valid` and `rows`, the refused by reason, nulls and values by field, values
    that count against a promise by promise, and the timed by bucket of lateness, one bucket more than there are bounds.

    A tuple, for many are compared.
    """

    fields: tuple[str, ...] = ()
    promises: tuple[str, ...] = ()
    bounds_ms: tuple[int, ...] = ()
    reasons: tuple[str, ...] = REASONS

    @property
    def sizes(self) -> tuple[int, ...]:
        """How many numbers each kind has, in their order."""
        fields = len(self.fields)
        return (2, len(self.reasons), fields, fields, len(self.promises), len(self.bounds_ms) + 1)

    @property
    def digest(self) -> bytes:
        """A short name, the same in every process."""
        return hashlib.sha256(self.names.encode()).digest()[:DIGEST_BYTES]

    @property
    def names(self) -> str:
        """The same as text, from which `read` returns it."""
        return json.dumps(self)

    @classmethod
    def read(cls, names: str) -> Layout:
        """Return the layout of a text that `names` returned."""
        return cls(*(tuple(part) for part in json.loads(names)))

    def counts(self, numbers: Sequence[int], last_event_ms: int | None) -> Counts:
        """Return the numbers as what promises are held to."""
        ends = [0, *accumulate(self.sizes)]
        (valid, rows), refused, nulls, present, failing, late = (numbers[start:end] for start, end in pairwise(ends))
        timed = [*accumulate(late)]
        return Counts(
            rows=rows or sum((*nulls[:1], *present[:1])),  # panes of before `rows` tell it by their fields
            valid=valid,
            refused={reason: count for reason, count in zip(self.reasons, refused, strict=True) if count},
            failing=dict(zip(self.promises, failing, strict=True)),
            lateness=dict(zip(self.bounds_ms, timed, strict=False)),
            timed=timed[-1],
            last_event_ms=last_event_ms,
        )
