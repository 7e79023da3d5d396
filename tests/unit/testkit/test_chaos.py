"""The plan of a chaotic run: by its seed alone, with every kind of trouble in it."""

from __future__ import annotations

from collections import Counter

import pytest

from assay.testkit.chaos import Kind, schedule
from assay.testkit.chaos.schedule import FAIL_POINTS


def test_a_seed_gives_the_same_blows_every_time() -> None:
    assert schedule(7, 3, 40, 9) == schedule(7, 3, 40, 9)


def test_another_seed_gives_others() -> None:
    assert schedule(7, 3, 40, 9) != schedule(8, 3, 40, 9)


@pytest.mark.parametrize(("kills", "zombies"), [(10, 3), (100, 20), (0, 0)])
def test_there_are_as_many_kills_and_zombies_as_asked_for(kills: int, zombies: int) -> None:
    blows = [blow for each in schedule(1, 3, kills, zombies) for blow in each]
    assert Counter(blow.kind.is_absence for blow in blows) == Counter({False: kills, True: zombies})


def test_only_the_last_worker_is_cut_off() -> None:
    *near, far = schedule(1, 3, 100, 20)
    cut_off = {Kind.UNHEARD, Kind.LATE}
    assert cut_off <= {blow.kind for blow in far}
    assert cut_off.isdisjoint(blow.kind for each in near for blow in each)


def test_a_hundred_kills_come_by_every_fail_point() -> None:
    assert {blow.point for each in schedule(1, 3, 100, 0) for blow in each} == {*FAIL_POINTS, ""}


def test_a_blow_arms_its_fail_point_and_no_other() -> None:
    armed = {(blow.kind, blow.failpoints.partition("=")[2]) for each in schedule(1, 3, 40, 9) for blow in each}
    assert armed == {(kind, "freeze" if kind is Kind.FREEZE else "") for kind in Kind}
