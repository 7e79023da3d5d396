from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.mark.parametrize("room", ["experiments", "multivariate", "pictures"])
def test_a_room_comes_without_scipy_until_it_computes(room: str) -> None:
    code = f"import sys, assay.monitoring.{room}; sys.exit('scipy' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
