"""A fail point strikes where it was told to, and nowhere else."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

from assay.runtime.failpoint import DIED, VARIABLE, failpoint

PASSES = "from assay.runtime import failpoint\nfor n in range(4): print(n, flush=True); failpoint('here')"


def run(armed: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", PASSES], env=os.environ | {VARIABLE: armed}, stdout=subprocess.PIPE, text=True
    )


def test_an_unarmed_fail_point_does_nothing() -> None:
    failpoint("anywhere")


def test_an_armed_one_ends_the_process_at_its_pass() -> None:
    with run("elsewhere,here:3") as process:
        out, _ = process.communicate(timeout=30)
    assert (process.returncode, out.split()) == (DIED, ["0", "1", "2"])


def test_a_freezing_one_stops_the_process_until_it_is_woken() -> None:
    with run("here:2=freeze") as process:
        _, status = os.waitpid(process.pid, os.WUNTRACED)
        assert os.WIFSTOPPED(status)
        os.kill(process.pid, signal.SIGCONT)
        out, _ = process.communicate(timeout=30)
    assert (process.returncode, out.split()) == (0, ["0", "1", "2", "3"])
