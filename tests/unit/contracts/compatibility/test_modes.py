"""The seven modes: which versions count, and who reads whom."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from assay.contracts import SchemaError
from assay.contracts.compatibility import Direction, Kind, Mode, Outcome, SchemaText, check

LONG, INT, DOUBLE, TEXT = (SchemaText(Kind.AVRO, json.dumps(name)) for name in ("long", "int", "double", "string"))

WIDENED = {
    Mode.NONE: [], Mode.BACKWARD: [], Mode.BACKWARD_TRANSITIVE: [0], Mode.FORWARD: [1], Mode.FORWARD_TRANSITIVE: [1, 0],
    Mode.FULL: [1], Mode.FULL_TRANSITIVE: [1, 0, 0],
}  # fmt: skip
"""Versions with which a long breaks, after a string and an int."""


@pytest.mark.parametrize("mode", Mode)
def test_mode_says_which_versions_count_and_who_reads(mode: Mode) -> None:
    comparisons = check(LONG, [TEXT, INT], mode).comparisons
    assert [each.version for each in comparisons if each.outcome is Outcome.INCOMPATIBLE] == WIDENED[mode]


def test_mode_is_the_word_that_the_registry_uses() -> None:
    assert [Mode(word) for word in ("NONE", "FULL_TRANSITIVE")] == [Mode.NONE, Mode.FULL_TRANSITIVE]


def test_first_version_is_compatible() -> None:
    assert check(LONG, [], Mode.FULL_TRANSITIVE).is_compatible


def test_direction_is_told() -> None:
    (back, forth) = check(LONG, [INT], Mode.FULL).comparisons
    assert [(each.direction, each.outcome) for each in (back, forth)] == [
        (Direction.BACKWARD, Outcome.COMPATIBLE), (Direction.FORWARD, Outcome.INCOMPATIBLE),
    ]  # fmt: skip


def test_another_kind_of_schema_is_incompatible() -> None:
    found = check(LONG, [SchemaText(Kind.JSON, "true")], Mode.BACKWARD)
    assert [each.rule for each in found.breaks] == ["schema-type-changed"]


def test_schema_that_is_none_is_refused_in_every_mode() -> None:
    with pytest.raises(SchemaError):
        check(SchemaText(Kind.AVRO, '"lnog"'), [LONG], Mode.NONE)


def test_incompatible_outweighs_undecided() -> None:
    old = SchemaText(Kind.AVRO, json.dumps({"type": "array", "items": "long"}))
    new = SchemaText(Kind.AVRO, json.dumps({"type": "array", "items": "double"}))
    assert check(new, [old], Mode.BACKWARD, budget=0).outcome is Outcome.UNDECIDED
    assert check(new, [old, TEXT], Mode.BACKWARD_TRANSITIVE, budget=0).outcome is Outcome.INCOMPATIBLE


def test_verdict_needs_no_fastavro() -> None:
    program = (
        "import sys; sys.modules['fastavro'] = None\n"
        "from assay.contracts.compatibility import *\n"
        "found = check(SchemaText(Kind.AVRO, '\"int\"'), [SchemaText(Kind.AVRO, '\"long\"')], Mode.BACKWARD)\n"
        "print([(each.rule, each.document) for each in found.breaks])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=os.environ, check=True)
    assert done.stdout.strip() == "[('avro-type-changed', '')]"
