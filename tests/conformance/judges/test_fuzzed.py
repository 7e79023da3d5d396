"""200,000 fuzzed records, a third in each wire form: every one has a verdict with its violations, soon and in bounds."""

from __future__ import annotations

import os
from typing import get_args

import pytest

from assay.contracts import WireForm
from assay.testkit.hostile import SURELY_REFUSED, try_judge

SEED = int(os.environ.get("ASSAY_TEST_SEED", "2013"))
INPUTS = int(os.environ.get("ASSAY_TEST_INPUTS", "67000"))


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("form", get_args(WireForm))
def test_every_fuzzed_record_has_a_verdict_within_a_second(form: WireForm) -> None:
    account = try_judge(form, SEED, INPUTS)
    assert account.inputs == INPUTS
    assert account.unexplained == 0
    assert account.slowest_cpu_s < 1, account.slowest_kind
    assert not SURELY_REFUSED[form] & account.accepted.keys()
