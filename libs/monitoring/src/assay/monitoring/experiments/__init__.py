"""Business metrics per variant: sums over users that merge, and verdicts that hold however often one looks."""

from assay.monitoring.experiments.balance import Balance, balance_of
from assay.monitoring.experiments.experiment import Experiment
from assay.monitoring.experiments.look import Comparison, FixedHorizon, Look, look_at
from assay.monitoring.experiments.past import Decision, Past
from assay.monitoring.experiments.ratio import Difference, Estimate, difference_of, estimate_of
from assay.monitoring.experiments.sequence import ConfidenceSequence
from assay.monitoring.experiments.sessions import Session, joined
from assay.monitoring.experiments.sums import UserSums, sums_of, totals_of_users

__all__ = [
    "Balance",
    "Comparison",
    "ConfidenceSequence",
    "Decision",
    "Difference",
    "Estimate",
    "Experiment",
    "FixedHorizon",
    "Look",
    "Past",
    "Session",
    "UserSums",
    "balance_of",
    "difference_of",
    "estimate_of",
    "joined",
    "look_at",
    "sums_of",
    "totals_of_users",
]
