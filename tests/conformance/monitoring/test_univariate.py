"""Effects and statistics of a window are those of Evidently and NannyML: on shared bins to 1e-9, on raw values nearly."""

from __future__ import annotations

import math

import numpy as np
import pytest

from assay.monitoring.univariate.sides import Sides
from assay.monitoring.univariate.tests import kolmogorov
from assay.monitoring.verdicts import Judgement, Verdict
from tests.conformance.monitoring.ours import NAMES, NUMERIC, shared
from tests.conformance.monitoring.theirs import Theirs

pytestmark = pytest.mark.timeout(1_600)  # the first of them fetches a gigabyte, where nobody did

SAME = 1e-9


@pytest.fixture(scope="module")
def verdicts(judgement: Judgement) -> dict[str, Verdict]:
    return {each.column: each for each in judgement.verdicts()}


def of_test(judgement: Judgement, name: str, test: int) -> float:
    return float(judgement.measured.statistics[judgement.profile.names.index(name), test])


@pytest.mark.parametrize("name", NAMES)
def test_psi_is_that_of_evidently_where_both_add_half_a_row_to_each_bin(
    theirs: Theirs, verdicts: dict[str, Verdict], name: str
) -> None:
    assert verdicts[name].psi == pytest.approx(theirs.of(f"{name}.halves", "evidently")["psi"], abs=SAME)


@pytest.mark.parametrize("name", NAMES)
def test_psi_is_within_a_tenth_of_what_evidently_finds_without_the_half_row(
    theirs: Theirs, verdicts: dict[str, Verdict], name: str
) -> None:
    """Half a row on each side takes a little from the gap of a bin; Evidently gives rows to empty bins only."""
    assert verdicts[name].psi == pytest.approx(theirs.of(f"{name}.bins", "evidently")["psi"], rel=0.1)


@pytest.mark.parametrize("name", NAMES)
def test_jensen_shannon_is_that_of_both_in_the_unit_of_each(
    theirs: Theirs, verdicts: dict[str, Verdict], name: str
) -> None:
    """Evidently gives the root of nats, NannyML that of bits."""
    divergence = verdicts[name].js
    assert divergence is not None
    distances = theirs.of(f"{name}.bins", "evidently")["jensenshannon"], theirs.of(f"{name}.bins", "nannyml")
    assert math.sqrt(divergence) == pytest.approx(distances[0], abs=SAME)
    assert math.sqrt(divergence / math.log(2)) == pytest.approx(distances[1]["jensen_shannon"], abs=SAME)


@pytest.mark.parametrize("name", NAMES)
def test_hellinger_is_that_of_both(theirs: Theirs, verdicts: dict[str, Verdict], name: str) -> None:
    """Evidently takes the root of a difference near 0: squares are compared."""
    distance = verdicts[name].hellinger
    assert distance is not None
    assert distance == pytest.approx(theirs.of(f"{name}.bins", "nannyml")["hellinger"], abs=SAME)
    assert distance**2 == pytest.approx(theirs.of(f"{name}.bins", "evidently")["hellinger"] ** 2, abs=SAME)


@pytest.mark.parametrize("name", NAMES)
def test_chi_square_is_that_of_nannyml(theirs: Theirs, judgement: Judgement, name: str) -> None:
    found = theirs.of(f"{name}.bins", "nannyml")["chi2"]
    assert of_test(judgement, name, 0) == pytest.approx(found, rel=SAME)


@pytest.mark.parametrize("name", NUMERIC)
def test_gap_of_distributions_is_that_of_nannyml_where_values_are_in_the_middle_of_their_bins(
    theirs: Theirs, judgement: Judgement, name: str
) -> None:
    found = theirs.of(f"{name}.centres", "nannyml")["kolmogorov_smirnov"]
    assert of_test(judgement, name, 1) == pytest.approx(found, abs=SAME)


@pytest.mark.parametrize("name", NUMERIC)
def test_distance_moved_is_that_of_both_where_values_are_in_the_middle_of_their_bins(
    theirs: Theirs, judgement: Judgement, verdicts: dict[str, Verdict], name: str
) -> None:
    """Evidently divides it by the deviation of the reference."""
    bins, distance = shared(judgement, name), verdicts[name].wasserstein
    assert distance is not None
    deviation = float(np.std(np.repeat(bins.centres, bins.reference)))
    assert distance == pytest.approx(theirs.of(f"{name}.centres", "nannyml")["wasserstein"], abs=SAME)
    assert distance / deviation == pytest.approx(theirs.of(f"{name}.centres", "evidently")["wasserstein"], abs=SAME)


@pytest.mark.parametrize("name", NUMERIC)
def test_chance_of_the_gap_is_near_the_exact_one_of_evidently(theirs: Theirs, judgement: Judgement, name: str) -> None:
    """Ours is Kolmogorov's law, which is that of many rows; Evidently has the exact one of these 2,000 and 8,000."""
    bins = shared(judgement, name)
    ours = float(kolmogorov(Sides.of(bins.reference[None], bins.window[None])).p[0])
    found = theirs.of(f"{name}.centres", "evidently")["ks"]
    assert math.log(ours) == pytest.approx(math.log(found), rel=0.02, abs=0.02)


@pytest.mark.parametrize("name", NUMERIC)
def test_bins_hide_little_of_the_gap_that_both_find_in_raw_values(
    theirs: Theirs, judgement: Judgement, name: str
) -> None:
    """A gap between the ends of two bins cannot be seen: twenty bins hide less than a twentieth, and show none falsely."""
    ours, found = of_test(judgement, name, 1), theirs.of(name, "nannyml")["kolmogorov_smirnov"]
    assert found - 0.05 < ours <= found + SAME


@pytest.mark.parametrize("name", NUMERIC)
def test_bins_show_no_longer_way_than_raw_values_went(theirs: Theirs, verdicts: dict[str, Verdict], name: str) -> None:
    """What moves within a bin is not seen; a long tail in the last bin hides most of it, by a twentieth of a deviation."""
    ours, found = verdicts[name].wasserstein, theirs.of(name, "nannyml")["wasserstein"]
    deviation = found / theirs.of(name, "evidently")["wasserstein"]
    assert ours is not None
    assert found - 0.05 * deviation < ours < found
