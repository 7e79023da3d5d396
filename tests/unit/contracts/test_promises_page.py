"""The reference of promises: its examples together are a contract that lints, and promises what the page shows."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import yaml

from assay.cli.promises import lines
from assay.contracts import Contract, lint, load
from assay.contracts.odcs import VERSIONS

PAGE = (Path(__file__).parents[3] / "docs/reference/promises.md").read_text()
BLOCKS = re.findall(r"```yaml\n(.*?)```\n", PAGE, re.DOTALL)
SHOWN = re.findall(r"```\n(orders .*?)```\n", PAGE, re.DOTALL)[0]


def contract() -> bytes:
    # dates stay text, as they do in a contract
    of_field, of_object, levels, *others = [yaml.load(block, yaml.BaseLoader) for block in BLOCKS]
    fields: list[dict[str, Any]] = [
        {"name": "id", "logicalType": "string", "required": True, "primaryKey": True},
        {"name": "at", "logicalType": "timestamp", "required": True},
        {"name": "note", "logicalType": "string", **of_field},
    ]
    value = {
        "apiVersion": VERSIONS[0],
        "kind": "DataContract",
        "id": "orders",
        "version": "1.0.0",
        "status": "active",
        "schema": [{"name": "order", "properties": fields, **of_object}],
        "support": [{"channel": "#orders"}],
        "customProperties": [
            {"property": "assay.eventTime", "value": "at"},
            {"property": "assay.timezone", "value": "Europe/Berlin"},
            *(each for block in others for each in block),
        ],
        **levels,
    }
    # BaseLoader reads every scalar as text; what is a number in the page is one in the contract
    text = json.dumps(value)
    return re.sub(r'"(\d+(?:\.\d+)?|true)"(?=[,}\]])', r"\1", text).encode()


def test_the_examples_together_are_a_contract() -> None:
    assert lint(contract()) == []
    assert len(loaded().measured) == 6


def test_the_page_shows_what_the_command_shows() -> None:
    assert list(lines(loaded())) == SHOWN.splitlines()


def loaded() -> Contract:
    return load(contract())
