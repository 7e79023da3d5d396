"""Burn rates that are counted on from the window before are those that counting all windows anew gives."""

from __future__ import annotations

import hypothesis.strategies as st
import sqlalchemy as sa
from hypothesis import given, settings

from assay.alerts.promises import history
from assay.alerts.promises.burn import OVER_S, BurnRate, burn_rate
from assay.alerts.promises.evaluation import Evaluation, Outcome
from assay.alerts.promises.folding import fold
from assay.contracts import Patience
from tests.unit.alerts.promises.stage import MINUTE_MS, START, Stage, contract_of, error_rate

HELD = error_rate(Patience())
CONTRACT = contract_of(HELD)
FINGERPRINT = HELD.fingerprint("orders")
BUDGET = 0.05
HOURS = st.integers(0, 100)
"""So many hours after the first window: some stretches of three days are left behind."""

WINDOWS = st.tuples(HOURS, st.sampled_from(Outcome), st.integers(0, 50), st.integers(0, 50))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(WINDOWS, min_size=1, max_size=4), min_size=1, max_size=12))
def test_burn_rates_are_those_of_a_plain_recount(story: list[list[tuple[int, Outcome, int, int]]]) -> None:
    stage = Stage(CONTRACT)
    for turn in story:
        with stage.merged.read() as transaction:
            fold(transaction, CONTRACT, [(HELD, [window(*each) for each in turn])], stage.book)
            (stand,) = history.stands(transaction, "orders")
            assert list(stand.burns) == recounted(transaction)


@given(st.lists(HOURS, min_size=1, max_size=20, unique=True))
@settings(max_examples=20, deadline=None)
def test_what_is_forgotten_was_counted_by_no_burn_rate(hours: list[int]) -> None:
    stage = Stage(CONTRACT)
    for hour in sorted(hours):
        with stage.merged.read() as transaction:
            fold(transaction, CONTRACT, [(HELD, [window(hour, Outcome.KEPT, 10, 1)])], stage.book)
            history.forget(transaction, before_ms=1, most=1_000)
            (stand,) = history.stands(transaction, "orders")
            assert list(stand.burns) == recounted(transaction)


def window(hour: int, outcome: Outcome, records: int, bad: int) -> Evaluation:
    start_ms = (START + 60 * hour) * MINUTE_MS
    return Evaluation(
        FINGERPRINT,
        "orders",
        "1.0.0",
        "errors",
        start_ms,
        start_ms + 5 * MINUTE_MS,
        outcome,
        records,
        min(bad, records),
    )


def recounted(transaction: sa.Connection) -> list[BurnRate]:
    windows = history.listed(transaction, fingerprint=FINGERPRINT, most=1_000, newest_alone=True)
    newest = windows[0]
    if newest.outcome is Outcome.MAINTENANCE:
        return []
    return [
        burn_rate(
            over_s,
            sum(each.records for each in windows if _counts(each, newest.end_ms - 1_000 * over_s)),
            sum(each.bad for each in windows if _counts(each, newest.end_ms - 1_000 * over_s)),
            BUDGET,
            newest.end_ms,
        )
        for over_s in OVER_S
    ]


def _counts(window: Evaluation, after_ms: int) -> bool:
    return window.end_ms > after_ms and window.outcome is not Outcome.MAINTENANCE
