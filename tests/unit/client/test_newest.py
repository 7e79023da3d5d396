"""An app that applies by (key, order) ends with the newest of each key, however late others are recovered."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.client import Newest, order_of
from assay.contracts import Contract, load
from assay.contracts.frame import framed
from assay.testkit.builders import contract_text

PLAIN = (("assay-source", b"c.raw.app/1/42"), ("traceparent", None))
CHANGE = b'{"op": "u", "after": {"id": "x"}, "source": {"lsn": 7, "ts_ms": 1}}'


@given(
    records=st.lists(st.tuples(st.sampled_from([b"a", b"b", b"c", b"d"]), st.integers(0, 50)), unique=True),
    remembered=st.integers(1, 5),
    restarts=st.sets(st.integers(0, 20)),
)
def test_the_state_is_the_newest_of_each_key_whatever_comes_late_or_is_forgotten(
    records: Sequence[tuple[bytes, int]], remembered: int, restarts: set[int]
) -> None:
    state: dict[bytes, int] = {}
    newest = Newest(state.get, remembered)
    for at, (key, order) in enumerate(records):
        if at in restarts:
            newest = Newest(state.get, remembered)
        if newest.takes(key, order):
            state[key] = order
    assert state == {key: max(order for of, order in records if of == key) for key, _ in records}


def test_the_same_record_again_is_taken_again() -> None:
    newest = Newest(lambda _: None)
    assert [newest.takes(b"k", order) for order in (5, 5, 4, 5)] == [True, True, False, True]


def test_the_store_is_asked_only_for_a_key_that_is_not_remembered() -> None:
    asked: list[bytes] = []
    newest = Newest(asked.append, max_keys=2)
    for key in (b"a", b"a", b"b", b"c", b"a"):
        newest.takes(key, 1)
    assert asked == [b"a", b"b", b"c", b"a"]


def contract(kind: str) -> Contract:
    return load(contract_text("c", kind=kind))


@pytest.mark.parametrize(
    ("kind", "headers", "value", "order"),
    [
        ("direct", PLAIN, b"{}", 42),
        ("direct", (*PLAIN, ("assay-order", b"7")), b"{}", 7),
        ("direct", (*PLAIN, ("assay-order", b"many")), b"{}", 42),
        ("direct", (("assay-source", None),), b"{}", None),
        ("cdc", PLAIN, CHANGE, 7),
        ("cdc", PLAIN, framed(CHANGE, 9), 7),
        ("cdc", (*PLAIN, ("assay-order", b"3")), CHANGE, 3),
        ("cdc", PLAIN, b"no change", 42),
        ("cdc", PLAIN, None, None),
    ],
)
def test_the_order_is_the_place_among_the_records_of_the_key(
    kind: str, headers: Sequence[tuple[str, bytes | None]], value: bytes | None, order: int | None
) -> None:
    assert order_of(contract(kind), headers, value) == order
