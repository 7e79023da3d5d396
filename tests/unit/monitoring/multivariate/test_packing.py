from __future__ import annotations

import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from assay.monitoring.multivariate import PairSums, UnreadableSumsError, pair_sums_of, scores_of
from assay.monitoring.multivariate.packing import packed, unpacked

SCORES = scores_of([[10, 20, 30, 40], [25, 25, 25, 25], [97, 1, 1, 1]])
BINS = st.integers(0, 30).flatmap(lambda rows: arrays(np.int64, (rows, 3), elements=st.integers(-2, 3)))


@given(BINS)
def test_sums_come_back_from_bytes(bins: NDArray[np.int64]) -> None:
    sums = pair_sums_of(SCORES, bins)

    assert unpacked(packed(sums)) == sums
    assert packed(unpacked(packed(sums))) == packed(sums)


@given(BINS, st.integers(1, 10**12))
def test_large_sums_come_back_too(bins: NDArray[np.int64], times: int) -> None:
    sums = PairSums(pair_sums_of(SCORES, bins).table * times)

    assert unpacked(packed(sums)) == sums


@pytest.mark.parametrize("features", [0, 1, 2])
def test_sums_of_no_rows_come_back(features: int) -> None:
    assert unpacked(packed(PairSums.nothing(features))) == PairSums.nothing(features)


def test_fifty_features_without_missing_values_take_five_kilobytes() -> None:
    bins = np.random.default_rng(3).integers(0, 20, (1_000, 50))

    assert len(packed(pair_sums_of(scores_of([[50] * 20] * 50), bins))) < 5_000


@given(st.binary(max_size=80))
def test_bytes_that_are_no_sums_are_refused(written: bytes) -> None:
    for text in (written, zlib.compress(written)):
        with pytest.raises(UnreadableSumsError):
            unpacked(text)


def test_what_is_cut_off_or_longer_is_refused() -> None:
    text = zlib.decompress(packed(PairSums.nothing(3)))
    for other in (text[:-1], text + b"\0", text + b"\0" * 4_000_000):
        with pytest.raises(UnreadableSumsError):
            unpacked(zlib.compress(other))
