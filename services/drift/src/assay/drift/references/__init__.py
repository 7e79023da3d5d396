"""What versions of models are held to: profiles and labelled counts, kept, or learnt from the first records."""

from __future__ import annotations

from assay.drift.references.book import References
from assay.drift.references.reference import LEARNT, SET, Reference
from assay.drift.references.rows import TABLES
from assay.monitoring.profiles.predicted import LABEL, SCORE

__all__ = ["LABEL", "LEARNT", "SCORE", "SET", "TABLES", "Reference", "References"]
