"""The error rate that Assay measures: a share, and a window of which the counts are kept."""

from __future__ import annotations

from collections.abc import Iterator

from assay.contracts.document import Document
from assay.contracts.errors import Finding
from assay.contracts.levels import error_rate_levels, read_level
from assay.contracts.vocabulary import custom

__all__ = ["check_error_rate"]


def check_error_rate(document: Document) -> Iterator[Finding]:
    """A service level errorRate that asks to be measured, by assay.window, can be."""
    for place, level in error_rate_levels(document.value):
        if "assay.window" in custom(level) and read_level(level) is None:
            message = (
                "an error rate is measured as a share from 0 to below 100 percent, over at most P1D; write it like "
                "`value: 1, unit: percent`, or take assay.window out"
            )
            yield document.finding(("slaProperties", place), message)
