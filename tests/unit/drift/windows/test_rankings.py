"""Counts of lists are packed, read and merged as those of other kinds are."""

from __future__ import annotations

import json
import zlib

import numpy as np
import pytest

from assay.api.drift.v1 import pane_pb2 as pb
from assay.drift.windows.counts import SliceCounts, packed, read_slice, unpacked
from assay.drift.windows.errors import UnreadableSliceError
from assay.monitoring.performance import RankingCounts, count_ranking
from assay.monitoring.performance.ranking import row_of


def lists(cutoff: int, *relevance: float) -> RankingCounts:
    rows = [row_of(["a", "b"], {"b": each}, cutoff) for each in relevance]
    return count_ranking(cutoff, np.array(rows))


def slice_of(counts: RankingCounts) -> SliceCounts:
    """Counts as they come in a pane."""
    text = json.dumps(counts.written()).encode()
    return read_slice(pb.DriftSlice(model_version="1", performance=zlib.compress(text)))


def test_lists_are_read_from_panes_added_and_kept_exactly() -> None:
    both = slice_of(lists(10, 1.0, 3.0)) + slice_of(lists(10, 0.0))

    assert both.performance == (lists(10, 0.0, 1.0, 3.0),)
    assert unpacked(packed(both)) == both


def test_lists_that_were_counted_to_another_place_stand_beside() -> None:
    one, other = slice_of(lists(10, 1.0)), slice_of(lists(5, 1.0))

    assert (one + other).performance == (other + one).performance == (lists(5, 1.0), lists(10, 1.0))


def test_counts_with_a_field_that_nobody_knows_are_unreadable() -> None:
    written = lists(10, 1.0).written()
    assert isinstance(written, dict)
    text = json.dumps({**written, "depth": 3}).encode()

    with pytest.raises(UnreadableSliceError):
        read_slice(pb.DriftSlice(performance=zlib.compress(text)))
