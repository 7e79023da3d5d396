"""A contract may say that later records of a key wait behind one that failed."""

from __future__ import annotations

import pytest

from assay.contracts import lint, load
from assay.contracts.diff import diff
from assay.contracts.model import Ordered
from assay.testkit.builders import contract_text

PLAIN = contract_text("orders")


def ordered(value: str, text: bytes = PLAIN) -> bytes:
    return text.replace(b"team:", f"  - {{property: assay.ordered, value: {value}}}\nteam:".encode(), 1)


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("true", Ordered(900, 10_000)),
        ("{}", Ordered(900, 10_000)),
        ("{timeout: PT5M}", Ordered(300, 10_000)),
        ("{timeout: P1DT2H, maxHeld: 3}", Ordered(93_600, 3)),
        ("false", None),
    ],
)
def test_it_says_how_long_and_how_many_wait(value: str, found: Ordered | None) -> None:
    assert load(ordered(value)).ordered == found


def test_a_contract_that_says_nothing_is_not_ordered() -> None:
    assert load(PLAIN).ordered is None


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("7", "'value' must be of type boolean or object"),
        ("{timeout: 15m}", "must be a duration like P7D or PT12H"),
        ("{maxHeld: 0}", "'maxHeld' must be at least 1"),
        ("{timeouts: PT5M}", "unknown key 'timeouts'"),
        ("{timeout: P9D}", "a record would wait for P9D, and dead letters are kept for P7D"),
    ],
)
def test_what_is_wrong_is_said_at_its_line(value: str, message: str) -> None:
    (finding,) = lint(ordered(value))
    assert message in finding.message


def test_dead_letters_are_kept_for_as_long_as_one_waits_that_says_no_time_out() -> None:
    brief = PLAIN.replace(b'"partitions": 3', b'"partitions": 3, retention: {deadLetters: PT5M}', 1)
    assert brief != PLAIN
    (finding,) = lint(ordered("true", brief))
    assert finding.message.startswith("a record would wait for PT15M, and dead letters are kept for PT5M")


def test_it_needs_a_key() -> None:
    keyless = PLAIN.replace(b", primaryKey: true, primaryKeyPosition: 1", b"")
    (finding,) = lint(ordered("true", keyless))
    assert finding.message == "records are ordered by key; mark the key with `primaryKey: true`"
    assert lint(ordered("false", keyless)) == []


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        (PLAIN, ordered("true"), "review"),
        (ordered("false"), ordered("true"), "review"),
        (ordered("true"), PLAIN, "promise-weakened"),
        (ordered("{timeout: PT5M}"), ordered("false"), "promise-weakened"),
        (ordered("true"), ordered("{timeout: PT5M}"), "review"),
        (ordered("{timeout: PT5M}"), ordered("{timeout: PT9M}"), "review"),
    ],
)
def test_its_change_has_a_class(before: bytes, after: bytes, kind: str) -> None:
    assert [str(each.kind) for each in diff(before, after)] == [kind]
