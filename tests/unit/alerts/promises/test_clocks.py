"""Silence is told where it is, and nowhere else: each look by the clock fires once, the right one, and is over once."""

from __future__ import annotations

from dataclasses import replace

from assay.alerts.promises.clocks import platform_looks
from assay.contracts import Maintenance
from tests.unit.alerts.panes.panes import NOW_MS
from tests.unit.alerts.promises.stage import MINUTE_MS, START, Stage, contract_of, error_rate, silence

LIVE = NOW_MS // MINUTE_MS - START
"""The minute of now, after the start."""


def live(*held: object, **changes: object) -> Stage:
    """A stage whose contract had one valid record just now."""
    stage = Stage(contract_of(*held, **changes))  # type: ignore[arg-type]  # promises
    stage.send(LIVE, valid=1)
    stage.turns()
    return stage


def keep_beating(stage: Stage, seconds: int, waiting: int = 0) -> None:
    for _ in range(seconds // 5):
        stage.wait(5)
        stage.beat(waiting=waiting)
        stage.turns()


def told(stage: Stage) -> list[tuple[str, str]]:
    by_id = {each.id: each.fired.promise for each in stage.breaches()}
    return [(by_id[key.rpartition("/")[0]], key.rpartition("/")[2]) for key, _ in stage.said()]


def test_a_producer_that_stops_is_silence_and_nothing_else() -> None:
    stage = live(silence(bound_s=120))
    keep_beating(stage, 115)
    assert told(stage) == []
    keep_beating(stage, 10)
    assert told(stage) == [("silence", "firing")]
    keep_beating(stage, 300)
    assert told(stage) == [("silence", "firing")]
    stage.send(LIVE + 7, valid=1)
    stage.turns()
    assert told(stage) == [("silence", "firing"), ("silence", "resolved")]


def test_a_producer_that_never_started_is_silence_since_the_contract_is_known() -> None:
    stage = Stage(contract_of(silence(bound_s=120)))
    stage.beat()
    stage.turns()
    keep_beating(stage, 120)
    assert told(stage) == []
    keep_beating(stage, 5)
    assert told(stage) == [("silence", "firing")]


def test_records_that_are_refused_end_no_silence() -> None:
    stage = live(silence(bound_s=60))
    keep_beating(stage, 70)
    stage.send(LIVE + 1, refused=5)
    stage.turns()
    assert told(stage) == [("silence", "firing")]


def test_what_comes_back_from_recovery_ends_no_silence() -> None:
    stage = live(silence(bound_s=60))
    keep_beating(stage, 70)
    stage.send(LIVE, valid=5, source="raw.replay")
    stage.turns()
    assert told(stage) == [("silence", "firing")]


def test_events_that_are_old_break_freshness_though_records_come() -> None:
    stage = live(silence("freshness", bound_s=120))
    for _ in range(30):
        stage.wait(5)
        stage.send(LIVE, valid=1)
        stage.turns()
    assert told(stage) == [("silence", "firing")]
    stage.send(LIVE + 2, valid=1)
    stage.turns()
    assert told(stage)[-1] == ("silence", "resolved")


def test_a_partition_of_which_nobody_is_heard_is_dead_and_not_silent() -> None:
    stage = live(silence(bound_s=22), error_rate())
    for _ in range(30):
        stage.wait(5)
        stage.turns()
    assert told(stage) == [("dead", "firing")]
    stage.beat()
    stage.turns()
    assert told(stage)[1] == ("dead", "resolved")


def test_records_that_wait_and_are_not_judged_are_stuck_and_not_silent() -> None:
    stage = live(silence(bound_s=31), error_rate())
    keep_beating(stage, 60, waiting=7)
    assert told(stage) == [("stuck", "firing")]
    assert "7 records wait on 1 partition," in stage.breaches()[0].fired.measured
    stage.send(LIVE + 1, valid=7)
    stage.turns()
    assert told(stage) == [("stuck", "firing"), ("stuck", "resolved")]


def test_a_restart_gives_the_world_time_before_anything_is_dead() -> None:
    stage = live(silence(bound_s=600))
    stage.wait(3_600)
    stage.since_ms = stage.clock.ms
    stage.turns()
    stage.wait(19)
    stage.turns()
    assert told(stage) == []
    stage.wait(8)
    stage.turns()
    assert told(stage) == [("dead", "firing")]


def test_panes_that_waited_while_alerts_was_down_make_nobody_silent() -> None:
    stage = live(silence(bound_s=120))
    stage.wait(3_600)
    stage.since_ms = stage.clock.ms
    stage.turns()
    assert told(stage) == []
    down_ms, stage.clock.ms = stage.clock.ms, NOW_MS + 60_000
    stage.send(LIVE + 1, valid=1)  # an hour old by now: the first of those that wait
    stage.clock.ms = down_ms
    stage.turns()
    assert told(stage) == []


def test_silence_in_maintenance_is_not_told_before_it_is_over() -> None:
    times = (Maintenance("new machines", NOW_MS, NOW_MS + 300_000),)
    stage = live(silence(bound_s=60), maintenance=times)
    keep_beating(stage, 295)
    assert told(stage) == []
    keep_beating(stage, 10)
    assert told(stage) == [("silence", "firing")]


def test_every_change_of_a_level_by_the_clock_is_in_its_history() -> None:
    stage = live(silence(bound_s=60))
    keep_beating(stage, 70)
    stage.send(LIVE + 2, valid=1)
    stage.turns()
    assert stage.outcomes("silence") == ["broken", "kept"]


def test_several_contracts_that_are_dead_at_once_are_one_breach_of_the_platform() -> None:
    looks = {each.fingerprint: each for each in platform_looks(["a", "b"], ["a"], None, 30, NOW_MS)}
    assert looks["dead"].is_broken
    assert "2 contracts: a, b" in looks["dead"].measured
    assert {each.fingerprint: each.is_broken for each in platform_looks(["a"], ["a"], None, 30, NOW_MS)}[
        "dead"
    ] is False
    assert {each.fingerprint: each.is_broken for each in platform_looks(["a", "b"], [], None, 30, NOW_MS)}[
        "dead"
    ] is None


def test_a_registry_is_away_after_its_time_and_back_at_once() -> None:
    def away(since_ms: int | None) -> bool | None:
        return {each.fingerprint: each.is_broken for each in platform_looks([], [], since_ms, 30, NOW_MS)}["registry"]

    assert (away(NOW_MS - 29_000), away(NOW_MS - 30_000), away(None)) == (None, True, False)


def test_a_contract_is_silent_by_its_own_bound_in_the_version_in_force() -> None:
    stage = live(silence(bound_s=60))
    stage.contracts["orders"] = replace(contract_of(silence(bound_s=600)), version="2.0.0")
    keep_beating(stage, 120)
    assert told(stage) == []
