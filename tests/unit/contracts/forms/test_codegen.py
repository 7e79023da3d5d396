"""Generated Python is typed to the last word, and reads and writes what the judge accepts."""

from __future__ import annotations

import datetime
import json
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from assay.contracts import Contract, Judge, load
from assay.contracts.codegen import CODE, python_module
from tests.unit.contracts.forms.drawn import contracts, good_records

EVERY = """\
apiVersion: v3.2.0
kind: DataContract
id: every-type.of.all
version: 1.0.0
schema:
  - name: everything
    properties:
      - {name: class, logicalType: string, required: true}
      - {name: uuid, logicalType: string, logicalTypeOptions: {format: uuid}}
      - {name: raw, logicalType: string, required: true, logicalTypeOptions: {format: byte}}
      - {name: price, logicalType: number, physicalType: "DECIMAL(12,2)", required: true}
      - {name: datetime, logicalType: timestamp, required: true}
      - {name: day, logicalType: date, logicalTypeOptions: {format: dd.MM.yyyy}, required: true}
      - {name: state, logicalType: string, enum: [{value: in-transit}, {value: in transit}, {value: ""}, {value: "2"}]}
      - {name: level, logicalType: integer, enum: [{value: -1}, {value: 1}], required: true}
      - name: lines
        logicalType: array
        required: true
        items: {logicalType: object, properties: [{name: from, logicalType: string}, {name: n, logicalType: integer}]}
      - name: rates
        logicalType: map
        map: {key: {logicalType: string}, value: {logicalType: number, physicalType: "DECIMAL(5,2)"}}
"""
RECORD = {
    "class": "a", "raw": "YWI=", "price": "1.50", "datetime": "2016-12-31T23:59:60Z", "day": "31.12.2016", "state": "in-transit",
    "level": -1, "lines": [{"from": "x"}, {"n": 3}], "rates": {"a": "0.05"},
}  # fmt: skip


def module(contract: Contract) -> Any:
    """The generated module, as an import would make it."""
    made = ModuleType("generated_records")
    sys.modules[made.__name__] = made  # dataclasses look their module up
    exec(compile(python_module(contract), "generated_records.py", "exec"), made.__dict__)
    return made


def record_class(contract: Contract) -> Any:
    made = module(contract)
    return next(each for each in vars(made).values() if hasattr(each, "from_json"))


@pytest.fixture(scope="module")
def every() -> Contract:
    return load(EVERY.encode())


def test_values_have_the_types_of_python(every: Contract) -> None:
    made = module(every)
    record = made.Everything.from_json(json.dumps(RECORD))

    assert (record.class_, record.raw, record.price) == ("a", b"ab", Decimal("1.50"))
    assert record.datetime_ == datetime.datetime(2017, 1, 1, tzinfo=datetime.UTC)
    assert record.day == datetime.date(2016, 12, 31)
    assert record.state is made.EverythingState.IN_TRANSIT
    assert record.level is made.EverythingLevel.MINUS_1
    assert record.lines[0].from_ == "x"
    assert record.rates == {"a": Decimal("0.05")}
    assert record.uuid_ is None


def test_what_is_written_is_the_record_again(every: Contract) -> None:
    made = record_class(every)
    again = json.loads(made.from_json(json.dumps(RECORD)).to_json())
    assert again == {**RECORD, "datetime": "2017-01-01T00:00:00Z"}


def test_a_wrong_value_is_told_by_its_place_and_never_shown(every: Contract) -> None:
    made = module(every)
    with pytest.raises(made.RecordError, match=r"^/lines/1/n: expected a whole number, found str$"):
        made.Everything.from_json(json.dumps({**RECORD, "lines": [{}, {"n": "secret"}]}))


def test_a_timestamp_without_a_zone_is_not_written(every: Contract) -> None:
    made = record_class(every)
    fields = {name: getattr(made.from_json(json.dumps(RECORD)), name) for name in made.__slots__}
    with pytest.raises(ValueError, match="needs a time zone"):
        made(**{**fields, "datetime_": datetime.datetime(2020, 1, 1)}).to_json()  # noqa: DTZ001 -- that is the point


@given(contract=contracts())
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
def test_every_accepted_record_is_read_and_written_as_an_accepted_one(contract: Contract) -> None:
    made, judge = record_class(contract), Judge(contract)
    for text in good_records(contract):
        record = made.from_json(text)
        again = record.to_json()
        assert judge.judge(again).reason is None, (text, again)
        assert made.from_json(again) == record


@given(listed=st.lists(contracts(), min_size=12, max_size=12))
@settings(max_examples=2, phases=[Phase.generate], suppress_health_check=list(HealthCheck))  # a try takes seconds
def test_generated_code_passes_mypy_strict(listed: list[Contract], tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("generated")
    for number, contract in enumerate([load(EVERY.encode()), *listed]):
        (folder / f"records_{number}.py").write_text(python_module(contract))
    assert checked(folder) == ""


def checked(folder: Path) -> str:
    """What mypy says about a folder; nothing where it is content."""
    options = ["--strict", "--config-file=", f"--cache-dir={folder / 'cache'}"]
    run = subprocess.run([sys.executable, "-m", "mypy", *options, folder], capture_output=True, text=True, check=False)
    return "" if run.returncode == 0 else run.stdout + run.stderr


@pytest.mark.parametrize("form", CODE)
def test_code_says_its_contract_and_is_the_same_every_time(flights: Contract, form: str) -> None:
    text = CODE[form].file(flights)
    assert "flights 1.0.0" in text
    assert text == CODE[form].file(load(flights.text))
