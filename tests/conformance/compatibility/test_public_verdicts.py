"""Verdicts that others published: ours too, but for those that contradict validation, the rules or each other."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from assay.contracts import SchemaError
from assay.contracts.compatibility import Kind, Mode, Outcome, SchemaText, check

CASES = os.environ.get("ASSAY_CASES")

CONTRADICTED = {
    "json-karapace-003": "false reads nothing, and the case says that it reads what true has written",
    "json-karapace-031": "{} may be added to an open model: it reads everything, and the table of rules has it so",
    "json-karapace-041": "{} may be added to an open model: it reads everything, and the table of rules has it so",
    "json-karapace-039": "the pattern ^a* is found in every name, so the table covers it, and its schema {} reads everything",
    "protobuf-karapace-009": "another package is another type to code, to Any and to JSON: the table breaks it",
    "protobuf-apicurio-009": "names are free on the wire (protobuf-karapace-003 says so too): ours is a warning",
}
"""Verdicts that contradict validation or the table of rules, each with what contradicts it; ours is the opposite."""


def cases() -> list[Any]:
    """Every case of every file; those with a caveat of their own are left out."""
    if not CASES:
        return [pytest.param(None, marks=pytest.mark.skip("NOT PROVED: ASSAY_CASES names no folder"))]
    files = sorted(Path(CASES).glob("*.json"))
    listed = [case for file in files for case in json.loads(file.read_text())["cases"] if "caveat" not in case]
    return [pytest.param(case, id=case["id"]) for case in listed]


def text(case: dict[str, Any], key: str) -> SchemaText:
    schema = case[key]
    is_written = isinstance(schema, str) and case["format"] == "PROTOBUF"
    return SchemaText(Kind(case["format"]), schema if is_written else json.dumps(schema))


@pytest.mark.parametrize("case", cases())
def test_public_verdict_is_ours(case: dict[str, Any]) -> None:
    is_contradicted = case["id"] in CONTRADICTED
    for mode, expected in case["expected"].items():
        try:
            outcome = check(text(case, "new"), [text(case, "old")], Mode(mode)).outcome
        except SchemaError as error:
            pytest.fail(f"{case['note']}: {error}")
        assert outcome is (Outcome.COMPATIBLE if expected is not is_contradicted else Outcome.INCOMPATIBLE), case[
            "note"
        ]
