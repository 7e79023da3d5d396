"""What a contract must mean beyond its form: one module for each part of the file."""

from __future__ import annotations

from assay.contracts.checks.conditions import check_conditions, check_decided
from assay.contracts.checks.fields import check_fields
from assay.contracts.checks.forms import check_form
from assay.contracts.checks.identity import check_identity
from assay.contracts.checks.lateness import check_lateness
from assay.contracts.checks.levels import check_levels
from assay.contracts.checks.modelling import check_model
from assay.contracts.checks.monitoring import check_monitoring
from assay.contracts.checks.ordering import check_ordering
from assay.contracts.checks.promises import check_promises
from assay.contracts.checks.recovery import check_recovery
from assay.contracts.checks.topics import check_topics
from assay.contracts.checks.watching import check_watching

__all__ = [
    "check_conditions",
    "check_decided",
    "check_fields",
    "check_form",
    "check_identity",
    "check_lateness",
    "check_levels",
    "check_model",
    "check_monitoring",
    "check_ordering",
    "check_promises",
    "check_recovery",
    "check_topics",
    "check_watching",
]
