from __future__ import annotations

import os
from pathlib import Path

import pytest

from assay.cli import where


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(where, "home", lambda workspace=None: tmp_path)
    return tmp_path


def note(folder: Path, pid: int) -> None:
    where.Running(pid, "127.0.0.1:29092", "/data", {"registry": "127.0.0.1:27010"}).write(folder)


def test_what_runs_here_is_found(clone: Path) -> None:
    note(clone, os.getpid())

    assert where.broker_of(None) == "127.0.0.1:29092"
    assert where.address_of("registry", None) == "127.0.0.1:27010"
    assert where.lake_of(None) == Path("/data/lake")


def test_what_was_named_comes_first(clone: Path) -> None:
    note(clone, os.getpid())

    assert where.broker_of("kafka:9092") == "kafka:9092"
    assert where.address_of("registry", "registry:7010") == "registry:7010"


def test_a_note_of_a_dead_process_counts_for_nothing(clone: Path) -> None:
    note(clone, 2**22 + 1)

    assert where.broker_of(None) == "127.0.0.1:9092"


def test_without_a_running_assay_the_ports_are_those_of_the_map(clone: Path) -> None:
    assert where.address_of("warehouse", None) == "127.0.0.1:7050"


def test_a_note_that_is_taken_away_is_gone(clone: Path) -> None:
    note(clone, os.getpid())
    where.Running.forget(clone)

    assert where.running_here() is None
