"""Recovery's store: an index of dead letters that is folded from the topics, and hints that may be lost."""

from assay.recovery.store.account import Sample
from assay.recovery.store.alerting import Alerting
from assay.recovery.store.failure_reading import Failure, Hour
from assay.recovery.store.failures import Failures, Rate
from assay.recovery.store.fold import IndexFold
from assay.recovery.store.housekeeping import prune
from assay.recovery.store.known import Known
from assay.recovery.store.left import Left
from assay.recovery.store.run_reading import Explained, RunPartition
from assay.recovery.store.runs import RunAccount, Runs
from assay.recovery.store.settled import SettledOffsets
from assay.recovery.store.tables import LEDGER, prepare

__all__ = [
    "LEDGER",
    "Alerting",
    "Explained",
    "Failure",
    "Failures",
    "Hour",
    "IndexFold",
    "Known",
    "Left",
    "Rate",
    "RunAccount",
    "RunPartition",
    "Runs",
    "Sample",
    "SettledOffsets",
    "prepare",
    "prune",
]
