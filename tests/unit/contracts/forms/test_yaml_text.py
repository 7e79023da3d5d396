"""A value written as YAML is read as the same value, with any comments."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from assay.contracts.document import parse
from assay.contracts.yaml_text import yaml_text

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20) | st.sampled_from(
    ["no", "Yes", "null", "~", "1e3", "0x1", "1:30", "2013-01-01", "- a", "a: b", "#", "'", '"', "", " a", "a ", "1.0.0", "<<", "?", "=", "!x", "&a", "*a", "%", "@", "`"]
)  # fmt: skip
NUMBERS = st.integers(-(10**17), 10**17) | st.floats(-1e15, 1e15, allow_nan=False).filter(
    lambda each: abs(each) > 1e-90 or each == 0
)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=20,
)


@given(value=st.dictionaries(TEXTS, VALUES, min_size=1, max_size=5))
def test_a_value_comes_back(value: dict[str, Any]) -> None:
    assert parse(yaml_text(value).encode(), "made").value == value


@given(value=st.dictionaries(TEXTS, VALUES, min_size=1, max_size=5), note=st.text())
def test_comments_change_nothing(value: dict[str, Any], note: str) -> None:
    comments = {at: [note] for at in places(value)}
    assert parse(yaml_text(value, comments, [note]).encode(), "made").value == value


def places(value: Any, at: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [place for key, each in parts for place in ((*at, key), *places(each, (*at, key)))]
