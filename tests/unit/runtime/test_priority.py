"""A process that stands back does so among its own and among the other sessions, and never speaks for a session of others."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

AUTOGROUP = Path("/proc/self/autogroup")
STANDING_BACK = """
import os, pathlib
from assay.runtime.priority import stand_back

stand_back({nice})
group = pathlib.Path("/proc/self/autogroup")
print(os.nice(0), group.read_text().split()[-1] if group.exists() else "")
"""


def standing_back(nice: int, *, leads: bool) -> list[str]:
    """The nice values of a process that stood back, and of its session where the kernel keeps one."""
    command = [sys.executable, "-c", STANDING_BACK.format(nice=nice)]
    answer = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60, start_new_session=leads)
    return answer.stdout.split()


def of_this_session() -> list[str]:
    return AUTOGROUP.read_text().split()[-1:] if AUTOGROUP.exists() else []


@pytest.mark.skipif(os.nice(0) > 9, reason="NOT PROVED: this process stands back itself")
@pytest.mark.parametrize("leads", [True, False])
def test_who_stands_back_takes_its_session_along_where_it_leads_it(leads: bool) -> None:
    before = os.nice(0)
    of_others = of_this_session()

    found = standing_back(10, leads=leads)

    assert found[0] == str(before + 10)
    assert found[1:] == ([found[0]] if leads and of_others else of_others)
    assert of_this_session() == of_others


def test_who_does_not_is_left_as_it_was() -> None:
    assert standing_back(0, leads=False) == [str(os.nice(0)), *of_this_session()]
