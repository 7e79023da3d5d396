from __future__ import annotations

import asyncio
import json
from io import StringIO
from pathlib import Path

from rich.console import Console
from typer.testing import CliRunner, Result

from assay.api.drift.v1 import drift_pb2 as pb
from assay.api.drift.v1.window_pb2 import (
    ConceptTest,
    DriftState,
    ExperimentLook,
    PairMoved,
    Performance,
    Sessions,
    SkewVerdict,
    VariantComparison,
    VariantSessions,
)
from assay.cli.__main__ import app
from assay.cli.drift.live.listing import ranged, show_signals, show_windows
from assay.cli.drift.live.page import show_window
from assay.cli.drift.live.references import show_references
from assay.cli.drift.live.standing import show_models
from assay.cli.drift.live.tailing import in_a_line
from assay.drift.live.signals import ranked, told
from assay.monitoring.profiles.papers import profile_to_json
from tests.unit.drift.live.samples import FIRING, HOUR_MS, PENDING, START_MS, feature, window
from tests.unit.drift.stage import PROFILE, Stage, stage

EVIL = "[bold]x[/bold] \x1b[2J \u202e [link=https://evil.example]y[/link]"
MOVED = feature("age", FIRING, 0.21, "critical")


def console() -> tuple[Console, StringIO]:
    out = StringIO()
    return Console(file=out, width=160, highlight=False, force_terminal=False), out


async def run(on: Stage, *arguments: str) -> Result:
    """The command as it is typed, against the service."""
    return await asyncio.to_thread(CliRunner().invoke, app, ["drift", *arguments, "--drift", on.address])


def test_models_are_shown_with_how_far_they_are_and_what_fires() -> None:
    on, out = console()
    far = pb.ModelStanding(
        model="delays", versions=["1", "2"], watermark_ms=START_MS, window_ms=HOUR_MS, unmatched=1_200, forgotten=3
    )
    for partition, standing in enumerate(("moving", "moving", "stuck")):
        far.partitions.add(partition=partition, standing=standing, waiting=partition * 100)
    firing = [told(mark) for mark in ranked(window(features=[MOVED])) if mark.state == FIRING]
    show_models(([far, pb.ModelStanding(model="fares")], firing), on, START_MS + 90_000)
    said = out.getvalue()
    assert "1 min ago" in said
    assert "2 moving, 1 stuck (2), 300 records wait" in said
    assert "1,200 unmatched, 3 predictions too late" in said
    assert "nothing yet" in said
    assert said.rstrip().endswith("drift top delays --firing")


def test_no_model_is_said_with_what_to_do() -> None:
    on, out = console()
    show_models(([], []), on, START_MS)
    assert "model init NAME" in out.getvalue()


def test_window_is_shown_part_by_part_the_worst_first() -> None:
    found = window(
        3, revision=2, features=[feature("calm"), feature("doubt", PENDING, 0.02), MOVED],
        skew=[SkewVerdict(feature="age", state=FIRING, joined=200, rate=0.1, low=0.07, high=0.15)],
        statuses={"ok": 990, "error": 10},
        performance=Performance(
            predictions=1_000, labelled=800, coverage=0.8, state=FIRING, cause="concept", realised={"auc": 0.7123},
            estimated={"auc": 0.8}, tests=[ConceptTest(test="loss", is_speaking=True)],
        ),
    )  # fmt: skip
    found.operations.errors["ValueError"] = 10
    found.operations.latency_p50_ms, found.operations.latency_p95_ms, found.operations.latency_p99_ms = 5, 20, 50
    found.pairs.append(PairMoved(left="x", right="y", state=FIRING, before=0.8, now=0.1, p=1e-9))
    comparison = VariantComparison(variant="b", state="higher", difference=0.02, low=0.01, high=0.03, users=500)
    found.experiments.append(ExperimentLook(metric="ctr", comparisons=[comparison]))
    on, out = console()
    show_window(found, on)
    said = out.getvalue()
    for part in (
        "delays 1  26 Nov 15:00 to 16:00 UTC, 1,000 predictions, revision 2", "990 ok, 10 error, 10 ValueError",
        "latency at most 5, 20, 50 ms", "firing, concept drift  800 of 1,000 labelled (80.0 %)", "auc 0.712",
        "[1, 2): 10.0 % to 30.0 %", "10.0 %", "x~y", "0.02 (0.01 to 0.03)", "drift picture delays age",
    ):  # fmt: skip
        assert part in said
    assert said.index("age") < said.index("doubt") < said.index("calm")


def test_sessions_are_shown_by_variant_and_together() -> None:
    found = window()
    found.sessions.CopyFrom(Sessions(ended=1_500, mean_length_s=100.0, mean_events=3.3))
    found.sessions.variants.append(VariantSessions(variant="new", ended=1_000, mean_length_s=130.0, mean_events=4.0))
    found.sessions.variants.append(VariantSessions(variant="old", ended=500, mean_length_s=40.0, mean_events=2.0))
    on, out = console()
    show_window(found, on)
    rows = {line.split()[0]: line.split()[1:] for line in out.getvalue().splitlines() if line.strip()}
    assert rows["new"] == ["1,000", "2.2", "min", "4.0"]
    assert rows["old"] == ["500", "40", "s", "2.0"]
    assert rows["all"] == ["1,500", "1.7", "min", "3.3"]


def test_names_that_others_chose_are_no_markup_and_move_no_cursor() -> None:
    evil = window(
        model=EVIL, version=EVIL, segment=f"{EVIL}={EVIL}", statuses={EVIL: 1},
        features=[feature(EVIL, FIRING, 0.2, "critical")], skew=[SkewVerdict(feature=EVIL)],
        performance=Performance(note=EVIL, realised={EVIL: 1.0}),
    )  # fmt: skip
    evil.operations.errors[EVIL] = 1
    evil.pairs.append(PairMoved(left=EVIL, right=EVIL, state=FIRING))
    evil.experiments.append(ExperimentLook(metric=EVIL, comparisons=[VariantComparison(variant=EVIL, reason=EVIL)]))
    evil.sessions.variants.append(VariantSessions(variant=EVIL))
    on, out = console()
    show_window(evil, on)
    show_windows([evil], on, 10)
    signals = list(map(told, ranked(evil)))
    show_signals(signals, on)
    on.print(in_a_line(evil))
    show_models(([pb.ModelStanding(model=EVIL, versions=[EVIL])], signals), on, START_MS)
    show_references([pb.Reference(model=EVIL, model_version=EVIL, source=EVIL, id=EVIL)], on)
    assert "\x1b" not in out.getvalue()
    assert "\u202e" not in out.getvalue()
    assert "[bold]x[/bold]" in out.getvalue().replace("\n", "")


def test_line_of_a_window_says_what_fires_and_what_is_in_doubt() -> None:
    line = in_a_line(window(features=[feature("a"), MOVED, feature("d", PENDING)], segment="country=SE")).plain
    assert line == "26 Nov 12:00 to 13:00 UTC  delays 1 country=SE  1,000 predictions  age, d"
    assert in_a_line(window(features=[feature("a")])).plain.endswith("ok")
    assert in_a_line(window(is_complete=False)).plain.endswith("open: counts and no verdict yet")
    assert in_a_line(window()).plain.endswith("nothing is watched: no reference")


async def test_newest_windows_are_listed_however_far_apart_they_lie() -> None:
    async with stage() as on:
        on.judged(*(window(number) for number in (0, 1, 50, 400, 401, 402)))
        key = pb.WindowKey(model="delays")
        for limit in (1, 3, 4, 6, 9):
            found = await ranged(on.address, pb.GetRangeRequest(key=key), limit)
            expected = [0, 1, 50, 400, 401, 402][-limit:]
            assert [(each.start_ms - START_MS) // HOUR_MS for each in found] == expected
        until = pb.GetRangeRequest(key=key, until_ms=START_MS + 51 * HOUR_MS)
        assert len(await ranged(on.address, until, 2)) == 2
        assert await ranged(on.address, pb.GetRangeRequest(key=pb.WindowKey(model="nobody")), 5) == []


async def test_commands_print_one_json_object_with_words_for_states() -> None:
    async with stage() as on:
        on.kept.stand = [pb.ModelStanding(model="delays", versions=["1"])]
        on.judged(window(0, features=[feature("age")]), window(1, features=[MOVED, feature("country")]))
        for arguments, name, count in (
            (["status"], "models", 1), (["top"], "signals", 2), (["windows", "delays"], "windows", 2),
            (["reference", "list"], "references", 1),
        ):  # fmt: skip
            result = await run(on, *arguments, "--json")
            assert result.exit_code == 0, result.output
            assert len(json.loads(result.stdout)[name]) == count
        latest = json.loads((await run(on, "latest", "delays", "--feature", "age", "--json")).stdout)
        assert [(each["feature"], each["state"]) for each in latest["features"]] == [("age", "firing")]
        assert latest["start_ms"] == START_MS + HOUR_MS


async def test_top_fails_where_it_is_asked_to_and_something_fires() -> None:
    async with stage() as on:
        on.judged(window(0, features=[feature("age")]))
        assert (await run(on, "top", "--fail-on", "firing")).exit_code == 0
        on.judged(window(1, features=[MOVED]))
        assert (await run(on, "top", "--fail-on", "firing")).exit_code == 1
        assert (await run(on, "top")).exit_code == 0


async def test_picture_and_reference_go_to_files_and_come_from_them(tmp_path: Path) -> None:
    async with stage() as on:
        on.judged(window(features=[MOVED]))
        shown, file = await run(on, "picture", "delays", "age"), tmp_path / "age.svg"
        assert shown.stdout.startswith("<svg")
        assert (await run(on, "picture", "delays", "age", "--trend", "--output", str(file))).exit_code == 0
        assert "trend of the effect" in file.read_text()
        profile = tmp_path / "profile.json"
        profile.write_text(profile_to_json(PROFILE))
        kept = await run(on, "reference", "set", "delays", str(profile), "--version", "2")
        assert kept.stdout == "delays 2 is held to r2\n"
        assert "every other" not in (await run(on, "reference", "list")).stdout


async def test_what_is_refused_is_said_in_words() -> None:
    async with stage() as on:
        for arguments, words in (
            (["latest", "nobody"], "nobody has no complete window yet"),
            (["picture", "delays", "age"], "delays has no complete window yet"),
            (["reference", "set", "delays", "/nowhere/profile.json"], "No such file"),
        ):
            result = await run(on, *arguments)
            assert words in str(result.exception)


def test_insufficient_and_learning_are_told_apart_from_ok() -> None:
    learning = feature("a", DriftState.DRIFT_STATE_LEARNING)
    assert in_a_line(window(features=[learning])).plain.endswith("learning")
