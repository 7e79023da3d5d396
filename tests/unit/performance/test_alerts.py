"""The measurement of alerts counts what it says, and its figures are shown."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from assay.cli.bench.show import show_alerts
from tests.performance import page
from tests.performance.alerts import wrong_windows
from tests.performance.loops import panes as loops
from tests.performance.panes import contract_id, panes, plain, read, write

CONTRACTS, PANES = 5, 300


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    messages = [*panes(9, CONTRACTS)]
    write(tmp_path / "panes", messages)

    assert read(tmp_path / "panes") == messages


def test_a_window_in_which_one_number_is_another_is_wrong(tmp_path: Path) -> None:
    store, messages = str(tmp_path / "alerts.db"), [*panes(PANES, CONTRACTS)]
    loops.ours(messages, store)
    minutes = plain(messages)
    right, windows = wrong_windows(f"sqlite:///{store}", minutes, CONTRACTS)
    key = next(each for each in minutes if each[0] == contract_id(1))
    minutes[key]["rows"] += 1

    assert (right, windows > CONTRACTS) == (0, True)
    assert wrong_windows(f"sqlite:///{store}", minutes, CONTRACTS)[0] == 2


def test_table_of_alerts_has_every_figure(capsys: pytest.CaptureFixture[str]) -> None:
    figures = json.loads(page.ALERTS.read_text())
    show_alerts(figures)

    shown = capsys.readouterr().out
    assert [name for name in figures if name != "figures" and name not in shown] == []
