"""The counting of one partition as its lane sees it: families, spans, files that are lost, held or broken."""

from __future__ import annotations

import asyncio
import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from assay.api.drift.v1 import pane_pb2 as pb
from assay.api.models.v1 import outcome_pb2, prediction_pb2
from assay.contracts.monitoring import Monitoring
from assay.drift.counting import panes
from assay.drift.counting.joins import Joins
from assay.drift.errors import JoinsError
from assay.monitoring.profiles.cells import MISSING, Cells
from assay.streaming.joint_step import LogSpan
from assay.streaming.record import Partition
from assay.streaming.topics import DRIFT_PANES
from tests.unit.drift.counting.logs import BEGIN_MS, Book, Logs, Reference, profile, stamp, summed, watched
from tests.unit.drift.counting.stories import MONITORING, story

HELD = Reference("r1", profile())


def plain(logs: Logs, name: str, at_ms: int = BEGIN_MS, arrived_ms: int = 0, score: float = 0.9) -> None:
    """Put a prediction into the log of a model whose predictions are rows."""
    message = prediction_pb2.Prediction(
        prediction_id=name, predicted_at=stamp(at_ms), model_version="1", status="ok", score=score
    )
    logs.add("predictions", message, arrived_ms)


def rows(tmp_path: Path, monitoring: Monitoring = MONITORING) -> Logs:
    return Logs(watched(monitoring, layout="rows"), tmp_path, Book(None))


def requests(sums: dict[object, object]) -> int:
    return sum(value.requests for key, value in sums.items() if key[-1] == "operations" and key[1] == "")  # type: ignore[index,attr-defined]  # as sums are


def spoil(folder: Path, junk: bytes) -> None:
    for file in folder.iterdir():
        file.write_bytes(junk)


def opened_and_closed(folder: Path) -> None:
    Joins.open(next(folder.glob("*.joins"))).close()


async def test_a_family_is_all_logs_of_a_model_the_predictions_first(tmp_path: Path) -> None:
    logs = Logs(watched(MONITORING), tmp_path, Book(None))

    family = logs.step.family(Partition(logs.lead.topic, 2))

    roles = [logs.model.topics[each.topic] for each in family]
    assert roles == ["predictions", "actions", "outcomes", "labels", "skew"]
    assert {each.partition for each in family} == {2}


async def test_a_pane_says_between_which_positions_of_all_logs_it_counted(tmp_path: Path) -> None:
    logs = Logs(watched(MONITORING), tmp_path, Book(HELD))
    story(logs, random.Random(2), 4)

    await logs.undisturbed()

    (pane,) = logs.panes
    spans = {each.topic: (each.first_offset, each.next_offset, each.log_end) for each in pane.logs}
    assert spans == {topic: (0, len(found), len(found)) for topic, found in logs.records.items()} | {
        topic: (0, 0, 0) for topic in logs.model.topics if topic not in logs.records
    }
    assert (pane.model, pane.partition) == ("churn", 0)


async def test_a_heartbeat_counts_nothing(tmp_path: Path) -> None:
    logs = rows(tmp_path)
    await logs.start()

    (beat,) = logs.step.heartbeat(logs.lead, {logs.lead: LogSpan(5, 6, 6)})
    await logs.stop()

    pane = pb.DriftPane.FromString(beat.value or b"")
    assert (beat.topic, beat.key, len(pane.slices)) == (DRIFT_PANES, b"churn/0", 0)


async def test_what_was_not_committed_is_counted_again(tmp_path: Path) -> None:
    logs = rows(tmp_path)
    plain(logs, "p1")
    await logs.start()
    await logs.chunk([(logs.lead.topic, 1)], crash="before")

    await logs.start()
    await logs.chunk([(logs.lead.topic, 1)])
    await logs.stop()

    assert requests(summed(logs.panes, "binary")) == 1


async def test_a_repeat_in_a_later_transaction_of_another_process_counts_once(tmp_path: Path) -> None:
    logs = rows(tmp_path)
    plain(logs, "p1")
    plain(logs, "p1")
    for _ in range(2):
        await logs.start()
        await logs.chunk([(logs.lead.topic, 1)])
        await logs.stop()

    assert requests(summed(logs.panes, "binary")) == 1


@pytest.mark.parametrize("junk", [b"no database at all, but some text that is long enough to be one" * 99, b""])
async def test_a_file_that_is_broken_or_empty_is_built_again_from_the_logs(tmp_path: Path, junk: bytes) -> None:
    logs = rows(tmp_path)
    plain(logs, "p1")
    plain(logs, "p1")
    await logs.start()
    await logs.chunk([(logs.lead.topic, 1)])
    await logs.stop()
    await asyncio.to_thread(spoil, tmp_path, junk)

    await logs.start()
    await logs.chunk([(logs.lead.topic, 1)])
    await logs.stop()

    assert requests(summed(logs.panes, "binary")) == 1


async def test_a_file_that_another_process_holds_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assay.drift.counting.joins.LOCK_S", 0.01)
    logs = rows(tmp_path)
    await logs.start()

    with pytest.raises(JoinsError, match="one process at a time"):
        await asyncio.to_thread(opened_and_closed, tmp_path)
    await logs.stop()

    await asyncio.to_thread(opened_and_closed, tmp_path)


async def test_a_label_without_a_prediction_is_unmatched_once_event_time_has_passed_it(tmp_path: Path) -> None:
    logs = rows(tmp_path, Monitoring(window_s=600, hop_s=600, lateness_s=60, horizon_s=600))
    logs.add("labels", outcome_pb2.Label(prediction_id="nobody", labelled_at=stamp(BEGIN_MS), label="yes"))
    plain(logs, "p1", BEGIN_MS + 600_000)
    plain(logs, "p2", BEGIN_MS + 700_000)

    await logs.start()
    await logs.chunk([(topic, 1) for topic in reversed([*logs.records])])
    await logs.chunk([(logs.lead.topic, 1)])
    await logs.stop()

    assert [each.unmatched for each in logs.panes] == [0, 1]


async def test_a_label_that_was_said_to_be_unmatched_is_not_said_again_after_a_loss(tmp_path: Path) -> None:
    logs = rows(tmp_path / "one", Monitoring(window_s=600, hop_s=600, lateness_s=60, horizon_s=600))
    logs.add("labels", outcome_pb2.Label(prediction_id="nobody", labelled_at=stamp(BEGIN_MS), label="yes"))
    plain(logs, "p1", BEGIN_MS + 700_000)
    plain(logs, "p2", BEGIN_MS + 700_001)
    await logs.start()
    await logs.chunk([(topic, 1) for topic in logs.records])
    await logs.chunk([])
    await logs.stop()

    await logs.start(tmp_path / "other")
    await logs.chunk([(logs.lead.topic, 1)])
    await logs.stop()

    assert sum(each.unmatched for each in logs.panes) == 1


async def test_a_clock_that_is_ahead_makes_nobody_late(tmp_path: Path) -> None:
    logs = rows(tmp_path, Monitoring(window_s=600, hop_s=600, lateness_s=60, horizon_s=600))
    plain(logs, "ahead", BEGIN_MS + 10**9, arrived_ms=BEGIN_MS)
    plain(logs, "right", BEGIN_MS, arrived_ms=BEGIN_MS)

    await logs.undisturbed()

    assert logs.panes[0].forgotten == 0
    assert (logs.panes[0].max_event_ms, logs.panes[0].max_arrived_ms) == (BEGIN_MS + 10**9, BEGIN_MS)


async def test_a_prediction_beyond_the_horizon_is_counted_as_forgotten_and_nowhere_else(tmp_path: Path) -> None:
    logs = rows(tmp_path, Monitoring(window_s=600, hop_s=600, lateness_s=60, horizon_s=600))
    plain(logs, "now", BEGIN_MS + 661_000)
    plain(logs, "late", BEGIN_MS)

    await logs.undisturbed()

    assert (logs.panes[0].forgotten, requests(summed(logs.panes, "binary"))) == (1, 1)


async def test_a_pane_too_large_for_a_record_is_several_of_which_the_last_moves_the_positions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(panes, "MOST_BYTES", 2_000)
    logs, whole = (Logs(watched(MONITORING), tmp_path / name, Book(HELD)) for name in ("parts", "whole"))
    for each in (logs, whole):
        story(each, random.Random(4), 12)

    await logs.undisturbed()
    monkeypatch.undo()
    await whole.undisturbed()

    moves = [any(span.next_offset > span.first_offset for span in each.logs) for each in logs.panes]
    assert moves == [False] * (len(moves) - 1) + [True]
    assert len(moves) > 2
    assert summed(logs.panes, "binary") == summed(whole.panes, "binary")


async def test_rows_are_counted_in_the_bins_of_the_reference_that_is_in_force(tmp_path: Path) -> None:
    logs = Logs(watched(replace(MONITORING, segments=())), tmp_path, Book(None))
    story(logs, random.Random(6), 3)
    topic = logs.lead.topic
    await logs.start()
    await logs.chunk([(topic, 1)])
    assert isinstance(logs.references, Book)
    logs.references.held = HELD
    await logs.chunk([(topic, len(logs.records[topic]))])
    await logs.stop()

    first, second = (summed([each], "binary") for each in logs.panes)
    counted = [value for key, value in second.items() if key[-2:] == ("features", "r1")]  # type: ignore[index]  # as sums are
    assert not [key for key in first if "features" in key]  # type: ignore[operator]  # as above
    assert sum(each.rows for each in counted if isinstance(each, Cells)) == requests(second)


async def test_words_where_the_reference_has_numbers_are_missing_and_all_else_is_counted(tmp_path: Path) -> None:
    unfit = Reference("r2", replace(profile(), names=("plan", "tenure", "prediction.score", "prediction.label")))
    logs = Logs(watched(replace(MONITORING, segments=())), tmp_path, Book(unfit))
    story(logs, random.Random(6), 3)

    await logs.undisturbed()

    counts = summed(logs.panes, "binary")
    found = [value for key, value in counts.items() if key[-2:] == ("features", "r2")]  # type: ignore[index]  # as sums are
    cells = [each for each in found if isinstance(each, Cells)]
    rows = sum(each.rows for each in cells)
    plan, tenure, *said = np.sum([each.counts.reshape(4, -1)[:, MISSING] for each in cells], axis=0).tolist()
    assert rows == requests(counts) > max(said)
    assert plan == tenure == rows


async def test_classes_of_errors_beyond_the_commonest_are_one(tmp_path: Path) -> None:
    logs = rows(tmp_path)
    for number in range(80):
        message = prediction_pb2.Prediction(
            prediction_id=f"p{number}",
            predicted_at=stamp(BEGIN_MS),
            model_version="1",
            status="error",
            error_class=f"E{number:02}",
        )
        logs.add("predictions", message)

    await logs.undisturbed()

    (counted,) = logs.panes[0].slices
    assert (len(counted.operations.errors), counted.operations.errors["other"]) == (64, 17)
