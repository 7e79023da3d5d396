"""What users did is merged exactly: in whatever partition, order and stretch it came."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.contracts.monitoring import Metric, Monitoring
from assay.drift.windows import users
from assay.drift.windows.judged import State
from assay.drift.windows.tables import WINDOWS
from assay.monitoring.experiments import UserSums, sums_of
from tests.unit.drift.windows.merged import BEGIN_MS, DELAY_S, Merged, a_model, cases_of, pane_of

CONVERSION = Metric("conversion", "outcome:bought", "users", "a", (("a", 0.5), ("b", 0.5)))
REVENUE = Metric("revenue", "outcome:paid", "action:shown", "a", (("a", 0.5), ("b", 0.5)), of_value=True)
WATCHED = Monitoring(window_s=60, hop_s=60, metrics=(CONVERSION, REVENUE))
MODEL = a_model(WATCHED, partitions=2)
UNIT = 2**1074
STRETCHES = 5


@dataclass(frozen=True, slots=True)
class Did:
    """One user in one stretch, as one partition saw it."""

    partition: int
    stretch: int
    metric: Metric
    variant: str
    user: str
    above: int
    below: int


DIDS = st.lists(
    st.builds(
        Did,
        st.integers(0, 1),
        st.integers(0, STRETCHES - 1),
        st.sampled_from([CONVERSION, REVENUE]),
        st.sampled_from(["a", "b"]),
        st.sampled_from(["ann", "bo", "cy", "di"]),
        st.integers(0, 9),
        st.integers(0, 3),
    ),
    max_size=30,
)


def recount(dids: Sequence[Did], metric: Metric, variant: str, last: int) -> UserSums:
    """The sums over the users of a variant up to the end of a stretch, each user added up plainly."""
    mine = [each for each in dids if (each.metric, each.variant) == (metric, variant) and each.stretch <= last]
    names = sorted({each.user for each in mine})
    above = [sum(each.above for each in mine if each.user == name) for name in names]
    below = [1 if metric is CONVERSION else sum(each.below for each in mine if each.user == name) for name in names]
    return sums_of(np.array(above, dtype=np.float64), np.array(below, dtype=np.float64))


@settings(max_examples=40, deadline=None)
@given(DIDS, st.integers(0, 2**32))
def test_every_window_has_the_sums_over_all_users_up_to_its_end(dids: list[Did], seed: int) -> None:
    chance, merged = random.Random(seed), Merged(MODEL)
    positions = {0: 0, 1: 0}
    for partition in positions:  # a prediction in every stretch, and one that closes them all
        cases = cases_of(60 * STRETCHES + 60 + DELAY_S, 3 + partition)
        merged.take_pane(pane_of(cases, MODEL, partition, 0))
        positions[partition] = len(cases)
    for did in chance.sample(dids, len(dids)):
        pane = pane_of([], MODEL, did.partition, positions[did.partition])
        positions[did.partition] += 1
        pane.logs[0].next_offset = pane.logs[0].log_end = positions[did.partition]
        part = pane.slices.add(model_version="1", start_ms=start_of(did.stretch), pane_ms=60_000)
        part.users.add(
            metric=did.metric.name,
            variant=did.variant,
            user=did.user,
            numerator=f"{did.above * UNIT:x}",
            denominator=f"{did.below * UNIT:x}",
        )
        merged.take_pane(pane)
        if chance.random() < 0.3:
            merged.turn()
    merged.settle()

    for stretch in range(STRETCHES):
        found = sums_at(merged, start_of(stretch))
        for metric in (CONVERSION, REVENUE):
            for variant in ("a", "b"):
                expected = recount(dids, metric, variant, stretch)
                assert found.get(users.Variant(metric.name, variant), UserSums()) == expected


def start_of(stretch: int) -> int:
    return BEGIN_MS // 60_000 * 60_000 + 60_000 * stretch


def sums_at(merged: Merged, start_ms: int) -> dict[users.Variant, UserSums]:

    with merged.open() as transaction:
        state = transaction.scalar(sa.select(WINDOWS.c.state).filter_by(start_ms=start_ms))
    return {name: sums for name, sums in State.read(bytes(state or b"")).sums().items() if sums != UserSums()}


def test_who_a_user_is_does_not_stand_in_the_store() -> None:
    merged = Merged(MODEL)
    pane = pane_of(cases_of(10, 3), MODEL, 0, 0)
    pane.slices[0].users.add(metric="conversion", variant="a", user="ann@example.com", numerator="1", denominator="")
    merged.take_pane(pane)
    assert "ann" not in repr(merged.rows(["drift_users", "drift_touched_users"]))
