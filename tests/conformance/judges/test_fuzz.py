"""Hostile input of every kind in every form: a verdict with a reason, at bounded cost."""

from __future__ import annotations

import os

import pytest

from assay.contracts import WireForm
from assay.testkit.hostile import SURELY_REFUSED, try_judge

INPUTS = int(os.environ.get("ASSAY_TEST_INPUTS", "200000"))
SEED = int(os.environ.get("ASSAY_TEST_SEED", "2013"))
SHARES: dict[WireForm, float] = {"json": 0.6, "avro": 0.2, "protobuf": 0.2}
SIZE = f"{INPUTS:,} hostile inputs, seed {SEED}"
ONE_S = 1.0
MEMORY_BYTES = 1_000_000_000


@pytest.mark.parametrize("form", SHARES)
def test_every_input_gets_a_verdict_with_a_reason_at_bounded_cost(form: WireForm) -> None:
    count = int(INPUTS * SHARES[form])
    account = try_judge(form, SEED, count)
    judged = sum(account.accepted.values()) + sum(sum(reasons.values()) for reasons in account.refused.values())
    assert (account.inputs, judged, account.unexplained) == (count, count, 0), SEED
    assert {kind for kind in account.accepted if kind in SURELY_REFUSED[form]} == set(), SEED
    assert [kind for kind, reasons in account.refused.items() if "engine" in reasons] == [], SEED
    assert "untouched" not in account.refused, SEED
    assert account.slowest_cpu_s < ONE_S, account.slowest_kind
    assert account.peak_bytes < MEMORY_BYTES
