"""Records made from a schema: good ones are good, damaged ones mostly not, and both the same everywhere."""

from __future__ import annotations

import json
import re
from random import Random

import pytest

from assay.contracts import Contract, json_schema
from assay.contracts.forms.fast import accepted, authority
from assay.contracts.matching import NotPlainError, matching
from assay.contracts.samples import damaged, least_size, samples


def test_samples_are_good_records_and_the_same_each_time(orders: Contract, flights: Contract) -> None:
    for contract in (orders, flights):
        schema = json_schema(contract)
        made = samples(schema, 50, Random(1))
        assert all(accepted(authority(schema).accept, made))
        assert made == samples(schema, 50, Random(1))


def test_most_damage_is_seen(orders: Contract) -> None:
    schema, random = json_schema(orders), Random(1)
    rows = [each for record in samples(schema, 5, random) for each in damaged(record, random)]
    found = accepted(authority(schema).accept, rows)
    assert len(rows) > 150
    assert 0.5 < found.count(False) / len(rows) < 1


def test_few_of_many_values_are_changed() -> None:
    record = json.dumps({"x": list(range(9000))}).encode()
    assert len(list(damaged(record, Random(1)))) < 1000


@pytest.mark.parametrize(
    ("schema", "size"),
    [
        ({"type": "integer"}, 1),
        ({"type": "string", "minLength": 500}, 501),
        ({"type": "array", "minItems": 1000, "items": {"type": "array", "minItems": 1000}}, 1_001_001),
        ({"type": "object", "properties": {"a": {"type": "array", "minItems": 3}, "b": {"type": "string"}}}, 6),
    ],
)
def test_size_of_a_record_is_known_before_it_is_made(schema: dict[str, object], size: int) -> None:
    assert least_size(schema) == size


@pytest.mark.parametrize(
    "pattern",
    [
        "^[A-Z]{3}$",
        "^([A-Z][0-9][0-9A-Z]{1,4}|UNASSIGNED)$",
        r"^\d{4}-(0[1-9]|1[0-2])(\.[0-9]{1,9})?$",
        "^-?(0|[1-9][0-9]{0,5})$",
        "^(?:ab)+c*d?$",
        r"^[\w.+-]+@[a-z\d-]{2,}\.example$",
    ],
)
def test_text_matches_its_pattern(pattern: str) -> None:
    random = Random(1)
    assert all(re.fullmatch(pattern, matching(pattern, random)) for _ in range(100))


@pytest.mark.parametrize("pattern", ["(?=a)", "[^a]", r"\p{Lu}", r"\bfoo", "a{2", "(a", "[a", "*", "a)", "a{100000}"])
def test_pattern_that_cannot_be_followed_is_said_to_be_so(pattern: str) -> None:
    with pytest.raises(NotPlainError):
        matching(pattern, Random(1))
