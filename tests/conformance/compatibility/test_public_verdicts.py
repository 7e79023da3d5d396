"""Verdicts that others published: every one of them is ours too, but for those that contradict the rules or each other."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from assay.contracts import SchemaError
from assay.contracts.compatibility import Kind, Mode, Outcome, SchemaText, check
from assay.contracts.compatibility.kinds import JUDGES

CASES = os.environ.get("ASSAY_CASES")


def cases() -> list[Any]:
    """Every case of every file; those with a caveat of their own are left out."""
    if not CASES:
        return [pytest.param(None, marks=pytest.mark.skip("ASSAY_CASES is unset: the public verdicts were not asked"))]
    files = sorted(Path(CASES).glob("*.json"))
    listed = [
        case
        for file in files
        for case in json.loads(file.read_text())["cases"]
        if "caveat" not in case and case["format"] in {*JUDGES}
    ]
    return [pytest.param(case, id=case["id"]) for case in listed]


def text(case: dict[str, Any], key: str) -> SchemaText:
    schema = case[key]
    is_written = isinstance(schema, str) and case["format"] == "PROTOBUF"
    return SchemaText(Kind(case["format"]), schema if is_written else json.dumps(schema))


@pytest.mark.parametrize("case", cases())
def test_public_verdict_is_ours(case: dict[str, Any]) -> None:
    for mode, expected in case["expected"].items():
        try:
            outcome = check(text(case, "new"), [text(case, "old")], Mode(mode)).outcome
        except SchemaError as error:
            pytest.fail(f"{case['note']}: {error}")
        assert outcome is (Outcome.COMPATIBLE if expected else Outcome.INCOMPATIBLE), case["note"]
