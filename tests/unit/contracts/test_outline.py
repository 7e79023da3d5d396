"""What a refused value looks like is told in words of a closed list."""

from __future__ import annotations

import re
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.contracts import Contract, Judge
from assay.contracts.outline import LOOKS, bytes_look, text_look, times_the_limit

CANARY = "c4n4ry"
BYTES_LOOKS = {
    "", "nothing in it", "not UTF-8", "cut off", "single quotes in place of double ones", "delimited, as CSV is",
    "a number that JSON does not have", "several values after one another", "a byte order mark before it", "UTF-16",
    "packed by gzip", "packed by zstd", "an Avro file", "a Parquet file", "a frame or another binary form",
    "XML or HTML",
}  # fmt: skip


@pytest.mark.parametrize(
    ("text", "look"),
    [
        ("12", "a whole number"),
        ("-1.5e3", "a number"),
        ("1,234.5", "a number with a comma"),
        ("3,14", "a number with a comma"),
        ("True", "true or false"),
        ("2013-02-28", "a date"),
        ("2013-02-30", ""),
        ("2013-02-28T12:00:00Z", "a timestamp"),
        ("2013-02-28T12:00:00", "a timestamp without a zone"),
        ("2013-02-28 12:00:00", "a timestamp with a space"),
        ("28.02.2013", "a date with the day first"),
        ("02/28/2013", "a date with slashes"),
        ("", "blank"),
        ("anna", ""),
    ],
)
def test_a_text_looks_like_what_it_could_be_read_as(text: str, look: str) -> None:
    assert text_look(text) == look


@pytest.mark.parametrize(
    ("value", "limit", "words"),
    [
        (1_440_000, 1_440, "1000 to 1000000 times the limit"),
        (25, 24, "1 to 2 times the limit"),
        (5, 100, "10 to 100 times below the limit"),
        (10**12, 1, "1000000 or more times the limit"),
        (-5, 0, ""),
        (-5, 1, ""),
    ],
)
def test_a_number_says_how_far_it_is_beyond_its_bound(value: int, limit: int, words: str) -> None:
    assert times_the_limit(value, limit) == words


@pytest.mark.parametrize(
    ("value", "look"),
    [
        (b"<order/>", "XML or HTML"),
        (b"a,b,c\n1,2,3", "delimited, as CSV is"),
        (b"{'a': 1}", "single quotes in place of double ones"),
        (b'{"a": 1}\n{"a": 2}', "several values after one another"),
        (b'{"a": "b', "cut off"),
        (b"Obj\x01schema", "an Avro file"),
        (b"\xc3\x28", "not UTF-8"),
        (b"  ", "nothing in it"),
    ],
)
def test_bytes_that_are_no_json_look_like_what_they_are(value: bytes, look: str) -> None:
    assert bytes_look(value) == look


@given(st.text() | st.from_regex(r"[-+0-9,./: TZe]{0,20}"))
def test_what_a_text_looks_like_is_one_of_the_list(text: str) -> None:
    assert text_look(text) in {"", *LOOKS}


@given(st.binary() | st.text().map(str.encode))
def test_what_bytes_look_like_is_one_of_the_list(value: bytes) -> None:
    assert bytes_look(value) in BYTES_LOOKS


@given(st.floats(allow_nan=False), st.floats(allow_nan=False, allow_infinity=False))
def test_how_far_a_number_is_says_steps_alone(value: float, limit: float) -> None:
    assert re.fullmatch(r"(\d+ (to \d+|or more) times (below )?the limit)?", times_the_limit(value, limit))


WRONG = st.sampled_from([f"{CANARY} 1", f"2013-02-28{CANARY}", [CANARY], {CANARY: 1}, f"{CANARY}" * 40])


@given(st.dictionaries(st.sampled_from(["id", "amount", "state", "at", "code", "tags", "place", "more"]), WRONG))
def test_no_part_of_a_value_is_in_a_violation(orders: Contract, record: dict[str, Any]) -> None:
    for violation in Judge(orders).judge(orjson.dumps(record)).violations:
        assert CANARY not in violation.found
        assert CANARY not in violation.expected
