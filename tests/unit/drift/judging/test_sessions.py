"""What a window says of the sessions that ended in it."""

from __future__ import annotations

from dataclasses import replace

from assay.contracts.monitoring import Metric, Monitoring
from assay.drift.judging.experiments import judge_experiments
from assay.drift.judging.sessions import told_sessions
from assay.drift.judging.totals import SessionCounts, Totals
from assay.monitoring.experiments import sums_of
from tests.unit.drift.watched import watched

SHARES = (("new", 0.5), ("old", 0.5))
MONITORING = Monitoring(metrics=(Metric("visits", "sessions", "users", "old", SHARES),))


def test_means_are_of_the_sessions_of_a_variant_and_of_all_of_them() -> None:
    told = told_sessions({"old": SessionCounts(1, 2, 10_000), "new": SessionCounts(3, 12, 90_000)})

    assert told is not None
    assert (told.ended, told.mean_length_s, told.mean_events) == (4, 25.0, 3.5)
    assert [(each.variant, each.ended, each.mean_length_s, each.mean_events) for each in told.variants] == [
        ("new", 3, 30.0, 4.0),
        ("old", 1, 10.0, 2.0),
    ]


def test_nothing_is_said_where_no_session_ended() -> None:
    assert told_sessions({}) is None
    assert told_sessions({"old": SessionCounts()}) is None


def test_counts_of_sessions_merge_with_other_totals() -> None:
    one, other = Totals(sessions={"old": SessionCounts(1, 2, 3)}), Totals(sessions={"old": SessionCounts(4, 5, 6)})

    assert (one + other).sessions == {"old": SessionCounts(5, 7, 9)}
    assert SessionCounts(5, 7, 9) + -SessionCounts(1, 2, 3) == SessionCounts(4, 5, 6)


def test_another_gap_makes_another_experiment_of_sessions() -> None:
    model = watched(MONITORING)
    users = {("visits", name): sums_of([1.0] * 600) for name in ("new", "old")}
    _, state = judge_experiments(model, None, Totals(users=users), {})

    _, same = judge_experiments(model, None, Totals(users=users), state)
    _, other = judge_experiments(watched(replace(MONITORING, session_gap_s=60)), None, Totals(users=users), state)

    looks = [each["visits"]["past"]["looks"] for each in (state, same, other)]  # type: ignore[index]  # as it is written
    assert looks == [1, 2, 1]
