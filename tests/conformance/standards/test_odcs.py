"""What is exported keeps the JSON Schema of its version of ODCS; those of 3.0 and 3.1 are read from ASSAY_ODCS."""

from __future__ import annotations

import functools
import json
import os
from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import HealthCheck, given, settings

from assay.contracts import Contract, load
from assay.contracts.codegen import TARGETS
from assay.contracts.document import parse
from assay.contracts.standard import STANDARD_VERSIONS
from tests.unit.contracts.forms.drawn import contracts
from tests.unit.contracts.forms.test_drafts import ORDERS_WITH_ALL

VERSIONS = pytest.mark.parametrize("version", STANDARD_VERSIONS)


@functools.cache
def validator(version: str) -> Any:
    """The validator of a version; 3.2 comes with the package that Assay reads contracts by."""
    if version == "3.2":
        text = resources.files("open_data_contract_standard").joinpath("schema.json").read_text(encoding="utf-8")
        return jsonschema_rs.Draft201909Validator(json.loads(text))
    folder = os.environ.get("ASSAY_ODCS", "")
    file = Path(folder) / f"odcs-json-schema-{STANDARD_VERSIONS[version]}.json"
    if not folder or not file.is_file():
        pytest.skip(f"NOT PROVED: ODCS {version} needs {file.name} in the folder that ASSAY_ODCS names")
    return jsonschema_rs.Draft201909Validator(json.loads(file.read_text(encoding="utf-8")))


def broken(contract: Contract, version: str) -> list[str]:
    written = parse(TARGETS[f"odcs-{version}"].write(contract).encode(), contract.id).value
    return [error.message for error in validator(version).iter_errors(written)]


@VERSIONS
def test_a_full_contract_keeps_the_schema_of_each_version(version: str) -> None:
    assert broken(load(ORDERS_WITH_ALL.encode()), version) == []


@VERSIONS
@given(contract=contracts())
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_contract_keeps_the_schema_of_each_version(version: str, contract: Contract) -> None:
    assert broken(contract, version) == []
