"""Input that means harm, by a seed, and a trial of the judges by it."""

from __future__ import annotations

from assay.testkit.hostile.contract import victim, victim_text
from assay.testkit.hostile.inputs import SURELY_REFUSED, Input, hostile, sample
from assay.testkit.hostile.trial import Account, try_judge

__all__ = ["SURELY_REFUSED", "Account", "Input", "hostile", "sample", "try_judge", "victim", "victim_text"]
