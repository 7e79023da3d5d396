"""Sessions are those of the whole, in whatever partition, order and turn their parts came; windows tell which ended."""

from __future__ import annotations

import math
import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.api.drift.v1 import pane_pb2 as pb
from assay.api.drift.v1.window_pb2 import Sessions, Window
from assay.contracts.monitoring import Metric, Monitoring
from assay.drift.judging.sessions import told_sessions
from assay.drift.judging.totals import SessionCounts
from assay.drift.windows import sessions, users
from assay.drift.windows.forgetting import forget
from assay.drift.windows.tables import SESSIONS
from assay.drift.windows.users import Variant
from assay.monitoring.experiments import Session, UserSums, joined, sums_of
from tests.unit.drift.windows.merged import BEGIN_MS, DELAY_S, Merged, a_model, cases_of, pane_of, said
from tests.unit.drift.windows.test_users import sums_at

SHARES = (("a", 0.5), ("b", 0.5))
VISITS = Metric("visits", "sessions", "users", "a", SHARES)
BOUGHT = Metric("bought", "outcome:bought", "sessions", "a", SHARES)
LENGTH = Metric("length", "session:length", "sessions", "a", SHARES)
STRETCH_S, GAP_S, STRETCHES = 60, 90, 5
WATCHED = Monitoring(window_s=STRETCH_S, hop_s=STRETCH_S, metrics=(VISITS, BOUGHT, LENGTH), session_gap_s=GAP_S)
MODEL = a_model(WATCHED, partitions=2)
UNIT = 2**1074
FIRST_MS = BEGIN_MS // 60_000 * 60_000
ENDED = STRETCHES + 3
"""Stretches until all sessions have ended."""


@dataclass(frozen=True, slots=True)
class Did:
    """One thing that a user did, as one partition saw it."""

    partition: int
    after_s: int
    variant: str
    user: str
    bought: int

    @property
    def session(self) -> Session:
        at_ms = FIRST_MS + 1000 * self.after_s
        return Session(at_ms, at_ms, 1, {"bought": self.bought * UNIT} if self.bought else {})


DIDS = st.lists(
    st.builds(
        Did,
        st.integers(0, 1),
        st.integers(0, STRETCH_S * STRETCHES - 1),
        st.sampled_from(["a", "b"]),
        st.sampled_from(["ann", "bo"]),
        st.integers(0, 3),
    ),
    max_size=25,
)


def begun() -> tuple[Merged, dict[int, int]]:
    """A store in which both partitions have predictions until long after all sessions ended."""
    merged, positions = Merged(MODEL), {}
    for partition in (0, 1):
        cases = cases_of((STRETCH_S * (ENDED + 1) + DELAY_S) // 10 + 1, 3 + partition, 10_000)
        merged.take_pane(pane_of(cases, MODEL, partition, 0))
        positions[partition] = len(cases)
    return merged, positions


def does(merged: Merged, positions: dict[int, int], *dids: Did) -> None:
    """Fold what users did, each in a pane of its own."""
    for did in dids:
        pane = pane_of([], MODEL, did.partition, positions[did.partition])
        positions[did.partition] += 1
        pane.logs[0].next_offset = pane.logs[0].log_end = positions[did.partition]
        add(pane, did)
        merged.take_pane(pane)


def add(pane: pb.DriftPane, did: Did) -> None:
    session = did.session
    start_ms = session.first_ms // 60_000 * 60_000
    part = pane.slices.add(model_version="1", start_ms=start_ms, pane_ms=60_000).sessions.add(
        variant=did.variant, user=did.user, first_ms=session.first_ms, last_ms=session.last_ms, events=session.events
    )
    for metric, amount in session.amounts.items():
        part.amounts[metric] = f"{amount:x}"


def recount(dids: Sequence[Did]) -> dict[tuple[str, str], list[Session]]:
    """The sessions of every user of a variant."""
    parts: defaultdict[tuple[str, str], list[Session]] = defaultdict(list)
    for did in dids:
        parts[did.variant, did.user].append(did.session)
    return {who: joined(found, 1000 * GAP_S) for who, found in parts.items()}


def stretch_of(session: Session) -> int:
    return (session.last_ms + 1000 * GAP_S - FIRST_MS) // 60_000


def told_of(dids: Sequence[Did], stretch: int) -> Sessions:
    """What a window should say of the sessions that ended in it."""
    by_variant = {
        name: [
            each
            for (variant, _), found in sorted(recount(dids).items())
            for each in found
            if variant == name and stretch_of(each) == stretch
        ]
        for name in ("a", "b")
    }
    counts = {name: counts_of(found) for name, found in by_variant.items()}
    return told_sessions(counts) or Sessions()


def counts_of(found: Sequence[Session]) -> SessionCounts:
    lengths_ms = [each.last_ms - each.first_ms for each in found]
    return SessionCounts(len(found), sum(each.events for each in found), sum(lengths_ms))


def sums_until(dids: Sequence[Did], metric: Metric, variant: str, stretch: int) -> UserSums:
    """The sums over the users of a variant of whom a session ended up to the end of a stretch."""
    above, below = [], []
    for (name, _), found in sorted(recount(dids).items()):
        ended = [each for each in found if stretch_of(each) <= stretch]
        if name == variant and ended:
            below.append(1.0 if metric is VISITS else float(len(ended)))
            above.append(
                {
                    "visits": float(len(ended)),
                    "bought": float(sum(each.amounts.get("bought", 0) for each in ended) // UNIT),
                    "length": math.fsum(each.length_ms / 1000 for each in ended),
                }[metric.name]
            )
    return sums_of(np.array(above, dtype=np.float64), np.array(below, dtype=np.float64))


def windows_of(merged: Merged) -> dict[int, Window]:
    return {(each.start_ms - FIRST_MS) // 60_000: each for each in merged.windows()}


@settings(max_examples=15, deadline=None)
@given(DIDS, st.integers(0, 2**32))
def test_every_window_tells_of_the_sessions_that_ended_in_it_and_sums_those_until_its_end(
    dids: list[Did], seed: int
) -> None:
    chance = random.Random(seed)
    merged, positions = begun()
    for did in chance.sample(dids, len(dids)):
        does(merged, positions, did)
        if chance.random() < 0.3:
            merged.turn()
    merged.settle()

    windows = windows_of(merged)
    assert max(windows) >= ENDED - 1
    for stretch in range(ENDED):
        assert windows[stretch].sessions == told_of(dids, stretch)
        found = sums_at(merged, FIRST_MS + 60_000 * stretch)
        for metric in (VISITS, BOUGHT, LENGTH):
            for variant in ("a", "b"):
                expected = sums_until(dids, metric, variant, stretch)
                assert found.get(Variant(metric.name, variant), UserSums()) == expected


@settings(max_examples=15, deadline=None)
@given(DIDS, st.integers(0, 2**32))
def test_parts_that_come_together_and_one_by_one_leave_the_same_rows(dids: list[Did], seed: int) -> None:
    chance = random.Random(seed)
    (calm, there), (hurt, positions) = begun(), begun()
    does(calm, there, *dids)
    for did in chance.sample(dids, len(dids)):
        does(hurt, positions, did)
        hurt.turn()
    calm.settle()
    hurt.settle()

    names = ["drift_sessions", "drift_session_parts", "drift_user_marks", "drift_touched_users"]
    assert hurt.rows(names) == calm.rows(names)
    assert said(hurt.windows()) == said(calm.windows())


def test_what_comes_late_between_two_sessions_makes_one_of_them_in_a_new_revision() -> None:
    merged, positions = begun()
    ann = Did(0, 10, "a", "ann", 1)
    does(merged, positions, ann, replace(ann, partition=1, after_s=170))
    merged.settle()
    before = windows_of(merged)
    does(merged, positions, replace(ann, after_s=90, bought=0))
    merged.settle()
    after = windows_of(merged)

    assert [stretch for stretch, each in before.items() if each.sessions.ended] == [1, 4]
    assert [stretch for stretch, each in after.items() if each.sessions.ended] == [4]
    assert (after[4].sessions.mean_length_s, after[4].sessions.mean_events) == (160, 3)
    assert (after[1].revision, after[4].revision) == (2, 2)


def test_a_session_that_ends_where_nobody_does_anything_is_told_of() -> None:
    merged = Merged(MODEL)
    for partition in (0, 1):
        cases = [each for each in cases_of(60, 3 + partition, 10_000) if not 60 <= (each.at_ms - FIRST_MS) / 1000 < 240]
        pane = pane_of(cases, MODEL, partition, 0)
        if not partition:
            add(pane, Did(0, 40, "a", "ann", 0))
        merged.take_pane(pane)
    merged.settle()

    windows = windows_of(merged)
    assert [stretch for stretch, each in windows.items() if each.sessions.ended] == [2]
    assert windows[2].rows == 0
    assert 3 not in windows


def test_a_session_of_two_partitions_is_open_until_nothing_came_for_the_gap() -> None:
    merged = Merged(MODEL)
    for partition, after_s in ((0, 5), (1, 80)):
        pane = pane_of(cases_of(20, 3 + partition, 10_000), MODEL, partition, 0)
        add(pane, Did(partition, after_s, "a", "ann", 0))
        merged.take_pane(pane)
    merged.settle()

    with merged.open() as transaction:
        (session,) = transaction.execute(sa.select(SESSIONS.c.first_ms, SESSIONS.c.last_ms, SESSIONS.c.events)).all()
    assert tuple(session) == (FIRST_MS + 5_000, FIRST_MS + 80_000, 2)
    assert not any(each.sessions.ended for each in merged.windows())


def test_who_a_user_is_does_not_stand_in_the_store() -> None:
    merged, positions = begun()
    does(merged, positions, Did(0, 10, "a", "ann@example.com", 1))
    parts = merged.rows(["drift_session_parts"])
    merged.settle()

    assert len(parts["drift_session_parts"]) == 1
    assert "ann" not in repr(parts) + repr(merged.rows(["drift_sessions", "drift_session_sums", "drift_user_marks"]))


def test_a_part_that_is_no_session_is_left_out_with_its_slice() -> None:
    merged = Merged(MODEL)
    pane = pane_of(cases_of(20, 3, 10_000), MODEL, 0, 0)
    add(pane, Did(0, 40, "a", "ann", 0))
    for broken in (
        {"first_ms": 2, "last_ms": 1, "events": 1},
        {"events": 0},
        {"events": 1, "amounts": {"bought": "x"}},
    ):
        pane.slices.add(model_version="9", start_ms=FIRST_MS, pane_ms=60_000).sessions.add(
            variant="a", user="bo", **broken
        )
    merged.take_pane(pane)

    assert len(merged.rows(["drift_session_parts"])["drift_session_parts"]) == 1
    assert not [row for row in merged.rows(["drift_panes"])["drift_panes"] if "'9'" in repr(row)]


def test_a_session_that_is_settled_is_not_changed_by_what_comes_too_late() -> None:
    merged, positions = begun()
    ann = Did(0, 10, "a", "ann", 1)
    does(merged, positions, ann)
    merged.model = a_model(replace(WATCHED, lateness_s=60, horizon_s=60), partitions=2)
    merged.settle()
    before, kept = said(merged.windows()), merged.rows(["drift_sessions"])
    does(merged, positions, replace(ann, after_s=95), replace(ann, after_s=300))
    merged.settle()

    assert said(merged.windows()) == before
    assert merged.rows(["drift_sessions"]) == kept
    assert merged.rows(["drift_session_parts"]) == {"drift_session_parts": []}


@pytest.mark.parametrize("most", [2_000, 5])
def test_what_came_in_time_counts_however_far_time_moves_before_the_next_turn(
    monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    monkeypatch.setattr(sessions, "MOST", most)
    monkeypatch.setattr(users, "MOST", most)
    calm, hurt = (Merged(a_model(replace(WATCHED, lateness_s=120, horizon_s=120), partitions=1)) for _ in range(2))
    for merged in (calm, hurt):
        for minute in range(20):
            cases = [replace(each, at_ms=each.at_ms + 60_000 * minute) for each in cases_of(6, 3, 10_000)]
            pane = pane_of(cases, merged.model, 0, 6 * minute)
            add(pane, Did(0, 60 * minute, "a", f"u{minute % 3}", 1))
            add(pane, Did(0, 60 * minute, "b", f"v{minute}", 0))
            merged.take_pane(pane)
            if merged is calm:
                merged.settle()
        merged.take_pane(pane_of([replace(cases_of(1, 3)[0], at_ms=BEGIN_MS + 3_000_000)], merged.model, 0, 6 * 20))
        merged.settle()

    assert sum(each.sessions.ended for each in calm.windows()) == 40
    tables = ["drift_session_sums", "drift_user_sums", "drift_session_parts", "drift_touched_users"]
    assert hurt.rows(tables) == calm.rows(tables)
    assert said(hurt.windows()) == said(calm.windows())


def test_what_a_user_did_once_it_is_settled_is_one_mark() -> None:
    merged = Merged(a_model(replace(WATCHED, lateness_s=120, horizon_s=120), partitions=1))
    marks = []
    for minute in range(30):
        cases = [replace(each, at_ms=each.at_ms + 60_000 * minute) for each in cases_of(6, 3, 10_000)]
        pane = pane_of(cases, merged.model, 0, 6 * minute)
        if minute % 3 == 0:
            add(pane, Did(0, 60 * minute, "a", "ann", 1))
        merged.take_pane(pane)
        merged.settle()
        marks.append(len(merged.rows(["drift_user_marks"])["drift_user_marks"]))

    assert max(marks[15:]) == max(marks[:15])
    assert sum(each.sessions.ended for each in merged.windows()) == 10


def test_sessions_that_nothing_can_change_any_more_are_forgotten() -> None:
    merged, positions = begun()
    does(merged, positions, Did(0, 10, "a", "ann", 1), Did(1, 350, "b", "bo", 1))
    merged.settle()
    merged.model = a_model(replace(WATCHED, lateness_s=60, horizon_s=60), partitions=2)
    merged.settle()

    with merged.open() as transaction:
        while forget(transaction, merged.model, retention_d=0.0):
            pass
    kept = merged.rows(["drift_sessions", "drift_session_sums"])
    assert [len(rows) for rows in kept.values()] == [1, 1]
