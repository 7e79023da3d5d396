"""The demo as a newcomer runs it, on both brokers that come with it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

SIZE = "51,955 flights"
_RUN_S = 280
_RECORDS = {
    "flights": {
        "raw": 52_556, "replayed": 601, "validated": 51_836, "dead_letters": 720, "repaired": 601,
        "lake": 51_836, "warehouse": 51_836,
    },
    "planes": {
        "raw": 3_326, "replayed": 0, "validated": 3_326, "dead_letters": 0, "repaired": 0,
        "lake": 3_326, "warehouse": 3_326,
    },
}  # fmt: skip

_DRIFT = {"windows": 28, "predictions": 25_090, "labels": 23_741, "firing": []}
_FIRST = {"series": "delay-model/1", "feature": "recent_delay", "window": "2013-02-09"}


@pytest.mark.timeout(_RUN_S + 20)
@pytest.mark.parametrize("kind", ["kafka", "embedded"])
def test_january_and_february_come_out_as_they_are_known_to(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    request.node.user_properties.append(("broker", kind))
    folder = tmp_path / "demo"

    run = _demo("--json", "--broker", kind, "--keep", str(folder))

    _skip_where_no_kafka_can_be_had(kind, run)
    assert run.stdout.count("\n") == 1, run.stderr
    found = json.loads(run.stdout)
    assert [check for check in found["checks"] if not check["ok"]] == []
    assert run.returncode == 0
    assert (found["broker"], found["records"]) == (kind, _RECORDS)
    assert found["breaches"] == {"fired": 1, "resolved": 1}
    assert found["alarms"] == {"fired": 1, "over": 0}
    assert found["drift"] | {"firing": []} == _DRIFT
    assert {name: found["drift"]["firing"][0][name] for name in _FIRST} == _FIRST
    report = (folder / "report.html").read_text()
    assert "8 Feb: 51 %" in report
    assert "recent_delay from 2013-02-09" in report
    assert sum(notice["contract"] == "flights" for notice in _notices(folder)) == 9


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")

    run = _demo("--keep", str(tmp_path))

    assert (run.returncode, run.stderr.strip()) == (
        1,
        f"assay: {tmp_path} is not empty; name a new folder with --keep",
    )
    assert (tmp_path / "thesis.txt").exists()


def _notices(folder: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in (folder / "outbox.ndjson").read_text().splitlines()]


def _demo(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "assay.cli", "demo", *arguments],
        capture_output=True,
        text=True,
        timeout=_RUN_S,
        check=False,
    )


def _skip_where_no_kafka_can_be_had(kind: str, run: subprocess.CompletedProcess[str]) -> None:
    if kind == "kafka" and "no kafka broker" in run.stderr and not os.environ.get("CI"):
        pytest.skip(f"NOT PROVED: {run.stderr.strip().splitlines()[-1]}")
