"""SEA as a stream: its meaning changes and its inputs do not, and late labels say so, window by window, as files do."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import grpc
import numpy as np
import pytest
from typer.testing import CliRunner

from assay.api.drift.v1 import window_pb2 as pb
from assay.cli.__main__ import app
from assay.client import Answer
from assay.contracts.analytical import Feature, FeatureSchema, Model
from assay.monitoring.performance import count_binary
from assay.monitoring.performance.papers import profile_with
from assay.monitoring.profiles import profile_of
from assay.monitoring.profiles.papers import profile_to_json
from assay.streaming import Outgoing
from assay.testkit import Broker, eventually
from tests.integration.drift.late import STEP_MS, WORDS, late_labels
from tests.integration.drift.stage import BEGIN_S, Case, DriftStage, drift_stage, repeated, shuffled
from tests.integration.drift.test_same_verdicts import (
    DATA,
    JITTER_MS,
    PARTITIONS,
    SIZE,
    assert_same,
    of_files,
    of_stream,
    table_of,
)

SEA = FeatureSchema((Feature("f0"), Feature("f1"), Feature("f2")))
KNOWN, CHANGE = 5_000, 10_000
"""The model is held to the first rows; from row 10,000 on labels mean another thing than they did there."""

WITHIN_S = 900.0
TESTS = ("loss", "foretold", "calibration")

Row = Mapping[str, str]


def read(folder: Path) -> tuple[list[Row], list[Row]]:
    """Cut the set into the rows that are known and those that come, and leave both as files."""
    with gzip.open(DATA / "sea" / "sea.csv.gz", "rt") as text:
        header, *lines = text
    names = header.strip().split(",")
    (folder / "known.csv").write_text("".join([header, *lines[:KNOWN]]))
    (folder / "coming.csv").write_text("".join([header, *lines[KNOWN:]]))
    rows: list[Row] = [dict(zip(names, line.strip().split(","), strict=True)) for line in lines]
    return rows[:KNOWN], rows[KNOWN:]


def reference(rows: Sequence[Row], size: int) -> str:
    """The profile of the features, with labelled counts in windows of the size that the command cuts."""
    said, truths = (np.array([int(row[name]) for row in rows]) for name in ("pred", "y"))
    scores = np.array([float(row["proba"]) for row in rows])
    parts = [slice(start, start + size) for start in range(0, len(rows), size)]
    windows = [count_binary(said[part], scores[part], truths[part]) for part in parts]
    return profile_with(profile_to_json(profile_of(table_of(features(rows), SEA))), windows)


def features(rows: Sequence[Row]) -> list[dict[str, float]]:
    return [{each.name: float(row[each.name]) for each in SEA.ordered} for row in rows]


def told_of_files(folder: Path, size: int) -> list[dict[str, object]]:
    """What the command says of the rows as a file, window by window."""
    files = ["--reference", str(folder / "known.csv"), "--current", str(folder / "coming.csv")]
    columns = ["--label", "y", "--prediction", "pred", "--score", "proba"]
    options = [*files, *columns, "--window-rows", str(size), "--json"]
    result = CliRunner().invoke(app, ["performance", "check", *options])
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def told_of(found: pb.Performance) -> dict[str, object]:
    """What the service says of a window, as the command says it."""
    errors = {"error": found.estimated_error["accuracy"]}
    tests = {each.test: each for each in found.tests}
    return {
        "n": found.predictions,
        "labelled": found.labelled,
        "state": pb.DriftState.Name(found.state).removeprefix("DRIFT_STATE_").lower(),
        "cause": found.cause,
        "speaking": [name for name in TESTS if tests[name].is_speaking],
        "metrics": dict(found.realised),
        "estimated": dict(found.estimated) | errors,
        **{name: [tests[name].n, tests[name].statistic, tests[name].p, tests[name].effect] for name in TESTS},
    }


def as_told(window: Mapping[str, object]) -> dict[str, object]:
    """The same of what the command says."""
    plain = {name: window[name] for name in ("n", "labelled", "state", "cause", "metrics", "estimated")}
    numbers = {name: window[name] for name in TESTS}
    tests = {
        name: [of[each] for each in ("n", "statistic", "p", "effect")]
        for name, of in numbers.items()
        if isinstance(of, dict)
    }
    spoke = window["speaking"]
    assert isinstance(spoke, list)
    return plain | {"speaking": [name for name in TESTS if name in spoke]} | tests


def batches(stage: DriftStage, rows: Sequence[Row]) -> list[Outgoing]:
    """The predictions, one a minute, out of order and some of them twice; at last what ends every window before."""
    cases = [
        Case(
            f"p{place}",
            1000 * BEGIN_S + STEP_MS * place,
            given,
            Answer(float(row["proba"]), WORDS[int(row["pred"])]),
        )
        for place, (row, given) in enumerate(zip(rows, features(rows), strict=True))
    ]
    ends = [Case(f"end{place}", cases[-1].at_ms + 3 * 3_600_000, cases[-1].features) for place in range(64)]
    mixed = shuffled(cases, JITTER_MS, 7)
    sent = [each for start in range(0, len(mixed), 400) for each in stage.batches(mixed[start : start + 400])]
    return repeated(sent, 0.1, 7) + stage.batches(ends)


async def sent_and_labelled(stage: DriftStage, rows: Sequence[Row], size: int) -> list[pb.Window]:
    """Send everything, with a kill of each kind of process on the way; return the windows once all labels are in them."""
    predictions = batches(stage, rows)
    labels = repeated(stage.labels(late_labels([int(row["y"]) for row in rows], size, 11)), 0.05, 11)
    half, quarter = len(predictions) // 2, len(labels) // 4
    await stage.send(labels[:quarter])
    await stage.send(predictions[:half])
    await stage.counters[0].kill()
    await stage.counters[0].restart()
    await stage.send(predictions[half:])
    await stage.send(labels[quarter : 3 * quarter])
    await stage.judge.kill()
    await stage.judge.restart()
    await stage.send(labels[3 * quarter :])

    count = len(rows) // size

    async def whole() -> list[pb.Window]:
        try:
            found = await stage.windows()
        except grpc.aio.AioRpcError:  # it was killed a moment ago
            return []
        return found if sum(each.performance.labelled == size for each in found) == count else []

    return await eventually(whole, WITHIN_S)


@pytest.mark.skipif(
    not DATA.is_dir(), reason="NOT PROVED: the car-loan and SEA sets are read from the folder that ASSAY_DATA names"
)
@pytest.mark.timeout(1_500)
async def test_sea_as_a_stream_fires_for_its_concept_from_the_change_on_and_in_no_feature(
    durable_broker: Broker, unique: Callable[[str], str], tmp_path: Path
) -> None:
    size, (known, coming) = int(SIZE), read(tmp_path)
    profile = profile_of(table_of(features(known), SEA))
    model = Model(unique("sea"), SEA, classes=WORDS, partitions=PARTITIONS)

    async with drift_stage(
        durable_broker, tmp_path, model, {"window": f"PT{size}M"}, 2, reference(known, size)
    ) as stage:
        windows = await sent_and_labelled(stage, coming, size)

    filed = told_of_files(tmp_path, size)[: len(windows)]
    assert [told_of(each.performance) for each in windows] == [as_told(each) for each in filed]
    first = (CHANGE - KNOWN) // size
    found = [(each.performance.state, each.performance.cause) for each in windows]
    assert set(found[:first]) == {(pb.DRIFT_STATE_OK, "none")}
    assert set(found[first:]) == {(pb.DRIFT_STATE_FIRING, "concept")}
    assert_same(of_stream(windows), of_files(profile, features(coming), SEA, size)[: len(windows)])
    assert pb.DRIFT_STATE_FIRING not in {each.state for window in windows for each in window.features}
