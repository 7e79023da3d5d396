"""Answers of a model by how they ended, as whole numbers that merge by addition."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from assay.monitoring.operations.latencies import latency_at, latency_counts

__all__ = ["NOTHING", "OK", "OTHER", "OperationCounts", "few", "operations_of"]

OK = "ok"
OTHER = "other"
"""What classes of errors beyond the commonest are counted as."""


@dataclass(frozen=True, slots=True)
class OperationCounts:
    """Answers by status, those that failed by class of error, latencies by bucket (empty: none was measured).

    In any order and any grouping the same answers come to the same counts. Statuses and classes that nothing is counted
    of are absent.
    """

    statuses: Mapping[str, int] = field(default_factory=dict)
    errors: Mapping[str, int] = field(default_factory=dict)
    latencies: tuple[int, ...] = ()
    fallbacks: int = 0

    @property
    def requests(self) -> int:
        """Answers, and those that were asked for in vain."""
        return sum(self.statuses.values())

    @property
    def failed(self) -> int:
        """Answers that were neither given nor refused by the caller's fault: error, timeout, cancelled."""
        return sum(count for status, count in self.statuses.items() if status not in (OK, "refused"))

    def __add__(self, other: OperationCounts) -> OperationCounts:
        return OperationCounts(
            _added(self.statuses, other.statuses),
            _added(self.errors, other.errors),
            _summed(self.latencies, other.latencies),
            self.fallbacks + other.fallbacks,
        )

    def latency_ms(self, share: float) -> float | None:
        """Return the latency that this share of the answers does not exceed, at most 9.1 % too high; None without any."""
        return latency_at(self.latencies, share)


NOTHING = OperationCounts()


def operations_of(
    statuses: Iterable[str], errors: Iterable[str], latencies_ms: NDArray[np.float64], fallbacks: int = 0
) -> OperationCounts:
    """Count answers: the status of each, the classes of errors of those that have one, and latencies, NaN for none."""
    return OperationCounts(dict(Counter(statuses)), dict(Counter(errors)), latency_counts(latencies_ms), fallbacks)


def few(counts: Mapping[str, int], kinds: int) -> dict[str, int]:
    """Return the commonest kinds by name, at most so many; the rest is counted as `OTHER`, which is one of them."""
    if len(counts) <= kinds:
        return dict(sorted(counts.items()))
    ranked = sorted(counts, key=lambda name: (name != OTHER, -counts[name], name))
    kept = {OTHER, *ranked[: kinds - (OTHER not in counts)]}
    found = {name: counts[name] for name in sorted(kept) if name in counts}
    found[OTHER] = found.get(OTHER, 0) + sum(count for name, count in counts.items() if name not in kept)
    return found


def _added(one: Mapping[str, int], other: Mapping[str, int]) -> dict[str, int]:
    return {name: count for name in {**one, **other} if (count := one.get(name, 0) + other.get(name, 0))}


def _summed(one: tuple[int, ...], other: tuple[int, ...]) -> tuple[int, ...]:
    if not one or not other:
        return one or other
    return tuple(a + b for a, b in zip(one, other, strict=True))
