from __future__ import annotations

import json
import os
import time

import pytest

from assay.cli.bench import measuring
from assay.cli.bench.show import GOALS, show
from assay.cli.errors import CommandError
from assay.contracts import Judge, load
from assay.streaming import kafka
from assay.streaming.lane import LaneSettings
from tests.performance import page, validate
from tests.performance.cpu import cpu_s
from tests.performance.loops import bare
from tests.performance.race import Rate, middle
from tests.performance.shapes import SIZES, Shape

each_size = pytest.mark.parametrize("shape", SIZES, ids=lambda shape: shape.name)


@each_size
def test_one_record_in_a_hundred_breaks_the_contract(shape: Shape) -> None:
    judge, values = Judge(load(shape.contract(2))), shape.values()

    refused = [value for value in values if not judge.judge(value).accepted]

    assert len(refused) == len(values) // 100


@each_size
def test_records_weigh_what_their_name_says(shape: Shape) -> None:
    sizes = [len(value) for value in shape.values()]

    assert sum(sizes) / len(sizes) == pytest.approx(int(shape.name.removesuffix("B")), rel=0.05)


@each_size
def test_contract_that_is_measured_has_all_that_it_must(shape: Shape) -> None:
    text = shape.contract(2).decode()

    assert {word for word in ('"object"', '"enum"', '"pattern"', '"timestamp"', '"expr"') if word not in text} == set()


def test_bare_client_has_the_sizes_of_ours() -> None:
    theirs = (bare.CHUNK_RECORDS, bare.BATCH_BYTES, bare.FETCH_BYTES, bare.FETCH_WAIT_MS)

    assert theirs == (LaneSettings().chunk_records, kafka.BATCH_BYTES, kafka.FETCH_BYTES, kafka.FETCH_WAIT_MS)


def test_cpu_of_a_process_is_what_it_used() -> None:
    until = time.process_time() + 0.05
    while time.process_time() < until:
        pass

    assert cpu_s(os.getpid()) >= 0.05


def test_ratio_is_the_median_over_the_rounds() -> None:
    ours = [Rate(10, 1), Rate(90, 1), Rate(30, 1)]

    assert middle(ours, [Rate(10, 1)] * 3) == 3


def test_who_could_not_run_has_no_ratio() -> None:
    assert middle([Rate(10, 1)], []) is None


def test_price_is_what_is_missing_from_the_cheaper_rate() -> None:
    names = ("bare", "bare_headers", "faust_jsonschema", "quixstreams", "bytewax", "traced")
    rates = {name: [Rate(100, 100)] for name in names} | {"assay": [Rate(90, 90)], "untransacted": [Rate(100, 100)]}

    assert validate.ratios_of(rates)["exactly_once_tax"] == pytest.approx(0.1)


def test_page_says_what_the_evidence_says() -> None:
    files = (page.VALIDATE, page.GROWTH, page.REGISTRY, page.RECOVERY, page.ALERTS, page.DRIFT)
    found = {each: json.loads(each.read_text()) for each in files}

    assert page.PAGE.read_text() == page.written(page.PAGE.read_text(), found)
    assert page.PLOT.read_text() == page.drawn(found[page.GROWTH])


def test_table_has_every_figure_and_its_goal(capsys: pytest.CaptureFixture[str]) -> None:
    show(json.loads(page.VALIDATE.read_text()))

    shown = capsys.readouterr().out
    assert [name for name in GOALS if name not in shown] == []


def test_outside_a_clone_the_command_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measuring, "find_upwards", lambda _: None)

    with pytest.raises(CommandError, match="run from a clone"):
        measuring.validate(1_000, 1)
