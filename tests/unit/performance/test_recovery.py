from __future__ import annotations

import json
from itertools import islice
from typing import cast

import pytest

from assay.cli.bench.show import show_recovery
from assay.contracts import Failed, Judge, Recovery, Repaired, load
from assay.recovery.config import Config
from assay.streaming import ledger
from assay.testkit import Broker, Service
from tests.performance import page
from tests.performance.letters import HOPELESS_EVERY, Letters, hopeless
from tests.performance.loops import copy, read
from tests.performance.meter import Meter

LETTERS = Letters("letters", cast("Broker", None), cast("Service", None), 1_000)  # neither is asked for its text
RAW = "letters.raw.app"


def test_bare_clients_take_chunks_as_recovery_does() -> None:
    ours = (ledger.CHUNK_RECORDS, Config.model_fields["chunk_records"].default)

    assert ours == (read.CHUNK_RECORDS, copy.CHUNK_RECORDS)


def test_every_record_that_is_measured_is_refused_and_all_but_one_in_a_hundred_are_mended() -> None:
    contract = load(LETTERS.text(mends=True))
    judge, recovery = Judge(contract), Recovery(contract)
    values = [record.value for record in islice(LETTERS._outgoing(RAW), 3 * HOPELESS_EVERY)]
    verdicts = [judge.judge(value) for value in values if value is not None]

    mended = [
        recovery.repair(Failed(value, verdict.reason or "", verdict.violations))
        for value, verdict in zip(values, verdicts, strict=True)
        if value is not None
    ]
    assert all(verdict.reason == "schema" for verdict in verdicts)
    assert sum(isinstance(each, Repaired) for each in mended) == len(values) - hopeless(len(values))


def test_meter_speaks_once_when_all_are_seen(capsys: pytest.CaptureFixture[str]) -> None:
    meter = Meter(100)
    for _ in range(4):
        meter.saw(25)

    (line,) = capsys.readouterr().out.splitlines()
    assert meter.is_through
    assert json.loads(line).keys() == {"per_cpu_s", "per_wall_s"}


def test_table_of_recovery_has_every_figure(capsys: pytest.CaptureFixture[str]) -> None:
    figures = json.loads(page.RECOVERY.read_text())
    show_recovery(figures)

    shown = capsys.readouterr().out
    assert [name for name in figures if name != "figures" and name not in shown] == []
