"""Moments, counts and selections in words."""

from __future__ import annotations

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from assay.api.recovery.v1.recovery_pb2 import DeadLetter
from assay.api.recovery.v1.run_pb2 import (
    RUN_CHANGE_CANCEL,
    RUN_CHANGE_PAUSE,
    RUN_STATE_DONE,
    RUN_STATE_RUNNING,
    Action,
    FailureMarked,
    Run,
    RunChanged,
    RunPartition,
    RunPassed,
    Selection,
)
from assay.cli.letters.audit import in_words
from assay.cli.letters.facts import facts
from assay.cli.letters.run_words import done_share, meant
from assay.cli.letters.selecting import Filters, arguments, moment_ms
from assay.cli.letters.words import BARS, DIGITS, HOUR_MS, ago, instant, shortest, sparkline
from tests.unit.cli.letters import samples

NOW = samples.NOW


@pytest.mark.parametrize(
    ("before_ms", "said"),
    [(0, "just now"), (-5_000, "just now"), (1_000, "1 s ago"), (119_999, "1 min ago"), (7_200_000, "2 h ago"),
     (86_400_000 * 40, "40 d ago")],
)  # fmt: skip
def test_a_moment_is_told_in_its_largest_unit(before_ms: int, said: str) -> None:
    assert ago(NOW - before_ms, NOW) == said


def test_no_moment_is_nothing() -> None:
    assert (ago(0, NOW), instant(0)) == ("", "")


@given(st.integers(-(2**63), 2**63 - 1))
def test_any_time_on_the_wire_can_be_told(at_ms: int) -> None:
    assert isinstance(instant(at_ms), str)
    assert isinstance(ago(at_ms, NOW), str)


@given(st.dictionaries(st.integers(0, 500).map(lambda hour: hour * HOUR_MS), st.integers(0, 10**6)), st.integers(1, 80))
def test_hours_fit_their_width_and_the_most_has_the_highest_bar(hours: dict[int, int], width: int) -> None:
    drawn = sparkline(hours, width)

    assert len(drawn) <= width
    assert (BARS[-1] in drawn) == any(hours.values())


@given(st.sets(st.text("0123456789abcdef", min_size=16, max_size=16), max_size=6))
def test_shortened_fingerprints_stay_apart(names: set[str]) -> None:
    digits = shortest(sorted(names))

    assert digits >= DIGITS
    assert len({name[:digits] for name in names}) == len(names)


@pytest.mark.parametrize(
    ("text", "at_ms"),
    [("90m", NOW - 5_400_000), ("7d", NOW - 604_800_000), ("2026-11-26", 1_795_651_200_000),
     ("2026-11-26T08:00:00Z", 1_795_680_000_000), ("2026-11-26T09:00+01:00", 1_795_680_000_000)],
)  # fmt: skip
def test_a_time_is_a_span_or_a_moment(text: str, at_ms: int) -> None:
    assert moment_ms(text, NOW) == at_ms


@pytest.mark.parametrize("text", ["yesterday", "2026-11-26T08:00:00", "2026-02-30", "5", "1w", "", "²d"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(typer.BadParameter):
        moment_ms(text, NOW)


def test_filters_are_told_as_they_are_typed() -> None:
    filters = Filters("flights", path="/tail num", rule="x", since="2h", places=["t/0/1"])

    assert arguments(filters) == "flights --path '/tail num' --rule x --since 2h --at t/0/1"


@pytest.mark.parametrize(
    ("selection", "said"),
    [
        (Selection(contract="f"), "all"),
        (Selection(contract="f", failure=samples.FINGERPRINT, rule="x"), "failure 9f3ac27d, rule x"),
        (Selection(contract="f", places=["a/0/1"]), "a/0/1"),
        (Selection(contract="f", places=["a/0/1", "a/0/2"]), "2 places"),
    ],
)
def test_a_selection_is_told_in_words(selection: Selection, said: str) -> None:
    assert meant(selection) == said


def test_a_run_is_as_far_as_its_partitions() -> None:
    partitions = [RunPartition(end=100, position=100, done=True), RunPartition(end=300, position=100)]

    assert done_share(Run(state=RUN_STATE_RUNNING, partitions=partitions)) == 0.5
    assert done_share(Run(state=RUN_STATE_DONE)) == 1.0
    assert done_share(Run(state=RUN_STATE_RUNNING)) == 0.0


@pytest.mark.parametrize(
    ("action", "said"),
    [
        (
            Action(started=samples.run()),
            "ana at 0123abcd started run 3b1f6f0e: recover by tail_number_renamed, failure 9f3ac27d",
        ),
        (
            Action(changed=RunChanged(run=samples.RUN, change=RUN_CHANGE_CANCEL)),
            "ana at 0123abcd cancelled run 3b1f6f0e",
        ),
        (Action(changed=RunChanged(run=samples.RUN, change=RUN_CHANGE_PAUSE)), "ana at 0123abcd paused run 3b1f6f0e"),
        (
            Action(marked=FailureMarked(fingerprint=samples.FINGERPRINT, known=True, note="why not")),
            "ana at 0123abcd marked failure 9f3ac27d as known",
        ),
        (
            Action(tried=samples.trial()),
            "ana at 0123abcd tried tail_number_renamed: 601 of 720 dead letters would keep flights 1.0.1; 119 would stay",
        ),
        (Action(), "ana at 0123abcd did what this release does not know"),
    ],
)
def test_each_action_is_a_line_of_the_audit(action: Action, said: str) -> None:
    action.MergeFrom(Action(at_ms=NOW, actor="ana", commit="0123abcdef", why="why not", contract="flights"))

    assert in_words(action).plain == f"{instant(NOW)}  flights: {said}, because: why not"


def test_that_a_run_ended_in_a_partition_is_recoverys_own() -> None:
    passed = RunPassed(run=samples.RUN, partition=RunPartition(partition=2, left=9))
    action = Action(at_ms=NOW, contract="flights", actor="ana", why="old", passed=passed)

    assert in_words(action).plain.endswith("flights: recovery ended run 3b1f6f0e in partition 2, 9 left")


def test_of_a_choice_only_what_was_chosen_is_told() -> None:
    said = facts(Action(id="1", tried=samples.trial()))

    assert "tried" in said
    assert not {"started", "changed", "passed", "marked"} & set(said)


def test_what_is_absent_is_null_and_what_is_empty_is_not() -> None:
    said = facts(DeadLetter(value=b""))

    assert (said["key"], said["value"], said["settlement"]) == (None, "", None)


def test_a_bar_is_drawn_for_the_least_too() -> None:
    assert sparkline({0: 1, HOUR_MS: 0, 2 * HOUR_MS: 10**6}, 10) == f"{BARS[0]} {BARS[-1]}"
    assert Console().render_str(sparkline({}, 10)).plain == ""
