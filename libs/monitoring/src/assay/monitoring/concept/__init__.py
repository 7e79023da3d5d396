"""Whether a model still means what it meant: tests of its loss, estimates before labels, detectors, and causes told apart."""

from __future__ import annotations

from assay.monitoring.concept.binary import BinaryEstimate, BinaryReference
from assay.monitoring.concept.causes import Cause, cause_of
from assay.monitoring.concept.detectors import Detector, adwin, changes, page_hinkley
from assay.monitoring.concept.dispersion import Dispersion
from assay.monitoring.concept.evidence import Evidence, eased
from assay.monitoring.concept.isotonic import calibrated
from assay.monitoring.concept.labelled import Estimated, LabelledReference, Level, alike, figures, panes_of
from assay.monitoring.concept.loss import two_proportion, welch
from assay.monitoring.concept.multiclass import MulticlassEstimate, MulticlassReference, calibration_of, count_reference
from assay.monitoring.concept.ranking import RankingReference
from assay.monitoring.concept.regression import RegressionEstimate, RegressionReference, edges_of
from assay.monitoring.concept.selection import selection
from assay.monitoring.concept.states import ConceptRule, ConceptStates, ConceptVerdict, Findings, Standing

__all__ = [
    "BinaryEstimate",
    "BinaryReference",
    "Cause",
    "ConceptRule",
    "ConceptStates",
    "ConceptVerdict",
    "Detector",
    "Dispersion",
    "Estimated",
    "Evidence",
    "Findings",
    "LabelledReference",
    "Level",
    "MulticlassEstimate",
    "MulticlassReference",
    "RankingReference",
    "RegressionEstimate",
    "RegressionReference",
    "Standing",
    "adwin",
    "alike",
    "calibrated",
    "calibration_of",
    "cause_of",
    "changes",
    "count_reference",
    "eased",
    "edges_of",
    "figures",
    "page_hinkley",
    "panes_of",
    "selection",
    "two_proportion",
    "welch",
]
