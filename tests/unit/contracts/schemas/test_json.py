"""JSON Schemas read."""

from __future__ import annotations

import pytest

from assay.contracts import SchemaError
from assay.contracts.compatibility import Kind, SchemaText
from assay.contracts.schemas import formatted, read_schema, reserved
from tests.unit.contracts.schemas.asking import are_one, are_one_normalized, jsons


def test_white_space_is_no_difference() -> None:
    texts = ('{"type":"object","title":"T"}', '{\n  "type": "object", "title": "\\u0054"}')
    assert are_one(*(SchemaText(Kind.JSON, text) for text in texts))


def test_order_of_keywords_is_normalized() -> None:
    one, other = jsons({"type": "object", "title": "T"}), jsons({"title": "T", "type": "object"})
    assert not are_one(one, other)
    assert are_one_normalized(one, other)


def test_order_of_a_list_stays() -> None:
    assert not are_one_normalized(jsons({"required": ["a", "b"]}), jsons({"required": ["b", "a"]}))


def test_name_is_the_title() -> None:
    assert [read_schema(jsons(each)).name for each in ({"title": "T"}, {}, True)] == ["T", "", ""]


def test_reserved_name_of_a_property_is_told() -> None:
    found = reserved(jsons({"properties": {"a/b": {}, "c": {}}}), ["a/b"])
    assert [each.path for each in found] == ["/properties/a~1b"]


@pytest.mark.parametrize("uri", ["http://127.0.0.1:1/x.json", "file:///etc/passwd", "#/definitions/none", "other.json"])
def test_reference_that_is_not_given_is_refused_and_never_fetched(uri: str) -> None:
    with pytest.raises(SchemaError, match="leads to no schema that is given"):
        read_schema(jsons({"$ref": uri}))


def test_json_schema_has_one_form() -> None:
    assert formatted(jsons(True), "") == formatted(jsons(True), "default") == "true"
    with pytest.raises(SchemaError):
        formatted(jsons(True), "resolved")
