"""What slices of one stretch came to, merged; and as bytes, small and exact."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec
import numpy as np
from numpy.typing import NDArray

from assay.api.drift.v1 import pane_pb2 as pb
from assay.drift.judging.totals import ModelCounts
from assay.drift.windows.errors import UnreadableSliceError
from assay.monitoring.multivariate import PairSums, packing
from assay.monitoring.operations import NOTHING, OperationCounts
from assay.monitoring.performance import (
    BinaryCounts,
    MixedCountsError,
    MulticlassCounts,
    RankingCounts,
    RegressionCounts,
    UnreadableCountsError,
)
from assay.monitoring.performance.papers import shape_of
from assay.monitoring.skew import SkewCounts

__all__ = ["Flat", "SliceCounts", "packed", "read_slice", "unpacked"]

QUICKLY = 1
MOST_JSON = 16 * 2**20
"""What a document of counts may come to when it is unpacked."""

_KINDS: tuple[type[BinaryCounts] | type[MulticlassCounts] | type[RegressionCounts] | type[RankingCounts], ...] = (
    BinaryCounts,
    MulticlassCounts,
    RegressionCounts,
    RankingCounts,
)
_MAY_LACK = {"foretold"}
"""What counts of several classes are written without where there was no calibration."""
_WIDTHS = ("<u1", "<u2", "<u4", "<i8")


@dataclass(frozen=True, slots=True, eq=False)
class Flat:
    """Rows, and their cells line after line: how long a line is, the reference knows; and their pairs, where counted."""

    rows: int
    cells: NDArray[np.int64]
    pairs: PairSums | None = None

    def __add__(self, other: Flat) -> Flat:
        pairs = self.pairs + other.pairs if self.pairs and other.pairs else self.pairs or other.pairs
        return Flat(self.rows + other.rows, self.cells + other.cells, pairs)

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Flat)
            and (self.rows, self.pairs) == (other.rows, other.pairs)
            and np.array_equal(self.cells, other.cells)
        )

    __hash__ = None  # type: ignore[assignment]  # it holds an array


@dataclass(frozen=True, slots=True)
class SliceCounts:
    """What is counted of one version, segment and stretch; it merges by addition."""

    features: Mapping[str, Flat] = field(default_factory=dict)
    operations: OperationCounts = NOTHING
    performance: tuple[ModelCounts, ...] = ()
    """As many as there are ways of counting: those of a regression merge where their cells have the same edges, those of
    several classes where their calibration is one."""
    skew: Mapping[str, SkewCounts] = field(default_factory=dict)

    def __add__(self, other: SliceCounts) -> SliceCounts:
        """Add up.

        Raises:
            UnreadableSliceError: they were counted by different rules.
        """
        try:
            return SliceCounts(
                _features(self.features, other.features),
                self.operations + other.operations,
                _performance(self.performance, other.performance),
                {**self.skew, **{name: _skew(self.skew.get(name), more) for name, more in other.skew.items()}},
            )
        except (MixedCountsError, ValueError) as error:
            raise UnreadableSliceError(f"its counts can't be added to those that are there: {error}") from error


def read_slice(part: pb.DriftSlice) -> SliceCounts:
    """Return what a slice counts.

    Raises:
        UnreadableSliceError: its counts are none that this Assay knows.
    """
    try:
        features = {part.features.reference: _flat(part.features)} if part.features.reference else {}
        skew = {each.feature: SkewCounts.read(_json(each.counts)) for each in part.skew}  # type: ignore[arg-type]  # it looks itself
        performance = (_of_kind(_json(part.performance)),) if part.performance else ()
    except (UnreadableCountsError, zlib.error, ValueError) as error:
        raise UnreadableSliceError(str(error)) from error
    return SliceCounts(features, _operations(part.operations), performance, skew)


def packed(counts: SliceCounts) -> bytes:
    """Return counts as bytes."""
    features = [
        (name, flat.rows, *_narrow(flat.cells), *([packing.packed(flat.pairs)] if flat.pairs else ()))
        for name, flat in sorted(counts.features.items())
    ]
    operations = counts.operations
    answers = (dict(operations.statuses), dict(operations.errors), operations.latencies, operations.fallbacks)
    performance = [each.written() for each in counts.performance]
    skew = {name: each.written() for name, each in sorted(counts.skew.items())}
    return zlib.compress(msgspec.msgpack.encode((features, answers, _text(performance), _text(skew))), QUICKLY)


def unpacked(written: bytes) -> SliceCounts:
    """Return the counts that were packed."""
    features, answers, performance, skew = msgspec.msgpack.decode(zlib.decompress(written))
    statuses, errors, latencies, fallbacks = answers
    return SliceCounts(
        {name: _unpacked_flat(*rest) for name, *rest in features},
        OperationCounts(statuses, errors, tuple(latencies), fallbacks),
        tuple(_of_kind(each) for each in json.loads(performance)),
        {name: SkewCounts.read(each) for name, each in json.loads(skew).items()},
    )


def _text(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))


def _flat(counts: pb.FeatureCounts) -> Flat:
    pairs = packing.unpacked(counts.pairs) if counts.pairs else None
    return Flat(counts.rows, np.array(counts.cells, dtype=np.int64), pairs)


def _unpacked_flat(rows: int, width: str, cells: bytes, pairs: bytes = b"") -> Flat:
    return Flat(rows, np.frombuffer(cells, width).astype(np.int64), packing.unpacked(pairs) if pairs else None)


def _operations(counts: pb.OperationCounts) -> OperationCounts:
    return OperationCounts(
        dict(counts.statuses), dict(counts.errors), tuple(map(int, counts.latencies)), counts.fallbacks
    )


def _of_kind(value: object) -> ModelCounts:
    """The counts of the kind that has these fields."""
    said = value if isinstance(value, dict) else {}
    for kind in _KINDS:
        if set(kind.__dataclass_fields__) - set(said) <= _MAY_LACK and set(said) <= set(kind.__dataclass_fields__):
            return kind.read(said)
    raise UnreadableCountsError("counts of labels that this Assay does not know")


def _json(written: bytes) -> object:
    unzip = zlib.decompressobj()
    text = unzip.decompress(written, MOST_JSON)
    if unzip.unconsumed_tail:
        raise ValueError(f"counts of more than {MOST_JSON} bytes")
    return json.loads(text)


def _narrow(cells: NDArray[np.int64]) -> tuple[str, bytes]:
    """Cells in as few bytes as they fit."""
    low, high = int(cells.min(initial=0)), int(cells.max(initial=0))
    width = next(each for each in _WIDTHS if np.iinfo(each).min <= low and high <= np.iinfo(each).max)
    return width, cells.astype(width).tobytes()


def _features(one: Mapping[str, Flat], other: Mapping[str, Flat]) -> Mapping[str, Flat]:
    if not one or not other:
        return one or other
    found = dict(one)
    for name, more in other.items():
        there = found.get(name)
        found[name] = more if there is None else there + more
    return found


def _performance(one: tuple[ModelCounts, ...], other: tuple[ModelCounts, ...]) -> tuple[ModelCounts, ...]:
    """Add what was counted in the same way; in whatever order they come, the sums stand in one."""
    if not one or not other:
        return one or other
    found = {shape_of(each): each for each in one}
    for more in other:
        there = found.get(shape_of(more))
        found[shape_of(more)] = more if there is None else there.combined(more, 1)  # type: ignore[arg-type]  # of one shape
    return tuple(found[shape] for shape in sorted(found))


def _skew(one: SkewCounts | None, more: SkewCounts) -> SkewCounts:
    return more if one is None else one + more
