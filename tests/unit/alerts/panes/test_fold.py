"""Panes become minutes exactly: whatever the chunks, whoever folds, and whatever is taken back meanwhile."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.alerts.panes import Dirty
from assay.alerts.panes.fold import PaneFold
from assay.alerts.panes.tables import HORIZONS
from assay.api.validation.v1.pane_pb2 import Pane
from assay.streaming import Record
from assay.streaming.topics import PANES
from tests.unit.alerts.panes.merged import Merged, chunks, recount
from tests.unit.alerts.panes.panes import PANES_OF_A_PLATFORM, minute, pane, records

SEEDS = st.integers(0, 2**32)


class TakenBackError(Exception):
    """The store gave up at the end of a transaction."""


def take_and_fail(merged: Merged, chunk: Sequence[Record]) -> None:
    with merged.read() as transaction:
        merged.apply(transaction, chunk)
        raise TakenBackError


@settings(max_examples=40, deadline=None)
@given(PANES_OF_A_PLATFORM, SEEDS, SEEDS)
def test_any_order_of_partitions_and_any_chunks_give_the_same_store(
    panes: Sequence[Pane], one: int, other: int
) -> None:
    first, second = Merged(), Merged()
    for chunk in chunks(panes, one):
        first.take(chunk)
    for chunk in chunks(panes, other):
        second.take(chunk)
    assert first.everything() == second.everything()


@settings(max_examples=40, deadline=None)
@given(PANES_OF_A_PLATFORM, SEEDS)
def test_merged_minutes_are_what_a_plain_recount_comes_to(panes: Sequence[Pane], order: int) -> None:
    merged = Merged()
    for chunk in chunks(panes, order):
        merged.take(chunk)
    for contract in ("orders", "refunds"):
        assert merged.counts(contract) == recount(panes, contract)
        assert merged.counts(contract, 1, 3) == recount(panes, contract, 1, 3)


@settings(max_examples=40, deadline=None)
@given(PANES_OF_A_PLATFORM, SEEDS, st.data())
def test_what_was_taken_back_and_who_took_over_leave_no_trace(
    panes: Sequence[Pane], order: int, data: st.DataObject
) -> None:
    merged, folds = Merged(), [PaneFold(Merged().clock) for _ in range(2)]
    for chunk in chunks(panes, order):
        while data.draw(st.booleans()):
            merged.fold = data.draw(st.sampled_from(folds))
            with pytest.raises(TakenBackError):
                take_and_fail(merged, chunk)
        merged.fold = data.draw(st.sampled_from(folds))
        merged.take(chunk)
    undisturbed = Merged()
    for chunk in chunks(panes, order):
        undisturbed.take(chunk)
    assert merged.everything() == undisturbed.everything()


def test_what_is_no_pane_counts_nothing_and_holds_up_nothing() -> None:
    merged = Merged()
    nameless, odd = pane(minute(1)), pane(minute(2, failing=(1, 2)))
    nameless.contract = "or\0ders"
    odd.slices[0].minutes[0].failing.append(3)
    huge, negative = pane(minute(1, valid=2**63 - 1)), pane(minute(1, refused=-1))
    doubled = pane(minute(1, refused=2**62))
    doubled.slices[0].minutes[0].refused.append(doubled.slices[0].minutes[0].refused[0])
    doubled.slices[0].minutes[0].refused.append(doubled.slices[0].minutes[0].refused[0])
    good = pane(minute(1, valid=7))
    broken = Record(PANES, 0, 8, 0, None, b"\xff")
    panes = records([nameless, odd, huge, negative, doubled, good])
    merged.take([*panes, broken, Record(PANES, 0, 9, 0, None, None)])
    assert merged.counts("orders")["1.0.0"].valid == 7


def test_a_minute_is_dirty_until_what_touched_it_last_was_seen() -> None:
    merged = Merged()
    merged.take(records([pane(minute(1)), pane(minute(2))]))
    with merged.read() as transaction:
        assert merged.reader.contracts_touched(transaction) == ["orders"]
        seen = merged.reader.dirty_minutes(transaction, "orders")
    merged.take(records([pane(minute(2))], first=2))
    with merged.read() as transaction:
        merged.reader.clean(transaction, "orders", seen)
        assert merged.reader.dirty_minutes(transaction, "orders") == [Dirty(2, 0, 2)]
        merged.reader.clean(transaction, "orders", [Dirty(2, 0, 2)])
        assert merged.reader.contracts_touched(transaction) == []


def test_minutes_before_the_horizon_are_left_out() -> None:
    merged = Merged()
    with merged.read() as transaction:
        transaction.execute(sa.insert(HORIZONS).values(contract="orders", minute=2))
    merged.take(records([pane(minute(1), minute(2))]))
    assert merged.counts("orders", 0, 2) == {}
    assert merged.counts("orders")["1.0.0"].valid == 1


def test_a_pane_of_before_rows_were_counted_tells_them_by_its_fields() -> None:
    merged, old = Merged(), pane(minute(1, valid=5, nulls=2))
    old.slices[0].minutes[0].ClearField("rows")
    merged.take(records([old]))
    assert merged.counts("orders")["1.0.0"].rows == 5


def test_a_reason_of_a_newer_validation_counts_under_its_name() -> None:
    merged, new = Merged(), pane(minute(1, refused=3))
    new.slices[0].minutes[0].refused[0].reason = "unheard_of"
    merged.take(records([new, pane(minute(1, refused=2))]))
    assert merged.counts("orders")["1.0.0"].refused == {"schema": 2, "unheard_of": 3}
