"""A process that stands back does so among its own and among the other sessions, and never speaks for a session of others."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import NamedTuple

import pytest

STANDING_BACK = """
import json, os, pathlib
from assay.runtime.priority import stand_back

def found():
    group = pathlib.Path("/proc/self/autogroup")
    return os.nice(0), group.read_text().split()[-1:] if group.exists() else []

before = found()
stand_back({nice})
print(json.dumps([before, found()]))
"""


class Niceness(NamedTuple):
    """A process's nice value, and its session's: none where the kernel does not group by session, or not this one."""

    process: int
    session: list[str]


def standing_back(nice: int, *, leads: bool) -> tuple[Niceness, Niceness]:
    """What a process finds before and after it stood back, one that leads a session of its own or one of ours."""
    command = [sys.executable, "-c", STANDING_BACK.format(nice=nice)]
    answer = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60, start_new_session=leads)
    before, after = json.loads(answer.stdout)
    return Niceness(*before), Niceness(*after)


@pytest.mark.skipif(os.nice(0) > 9, reason="NOT PROVED: this process stands back itself")
def test_who_stands_back_takes_the_session_it_leads_along() -> None:
    before, after = standing_back(10, leads=True)

    assert after.process == before.process + 10
    assert after.session == ([str(after.process)] if before.session else [])


@pytest.mark.skipif(os.nice(0) > 9, reason="NOT PROVED: this process stands back itself")
def test_who_stands_back_leaves_the_session_of_others_as_it_was() -> None:
    before, after = standing_back(10, leads=False)

    assert after == Niceness(before.process + 10, before.session)


@pytest.mark.parametrize("leads", [True, False])
def test_who_does_not_stand_back_changes_nothing(leads: bool) -> None:
    before, after = standing_back(0, leads=leads)

    assert after == before
