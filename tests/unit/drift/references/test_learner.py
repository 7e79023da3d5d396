"""A reference is learnt from different predictions, however often some of them were written."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from assay.api.drift.v1.window_pb2 import Window
from assay.contracts.monitoring import Monitoring
from assay.drift.errors import ReferenceUnfitError
from assay.drift.models import WatchedModel
from assay.drift.references import TABLES, Reference, References, book, learner
from assay.drift.references.first_rows import put_together
from assay.drift.references.first_windows import PAGE, FirstWindows
from assay.drift.references.learner import Learner
from assay.drift.windows.series import Series
from assay.runtime import SystemClock
from assay.runtime.database import Database
from assay.streaming import BrokerError
from assay.streaming.record import Partition
from tests.unit.drift.counting.logs import BEGIN_MS, watched
from tests.unit.drift.references.logs import Judged, Records

WANTED = 40


def refuse_one(name: str, model: WatchedModel, reference: Reference) -> None:
    if model.name == name:
        raise ReferenceUnfitError(name, [f"{reference.id} is of another one"])


@asynccontextmanager
async def learning(
    monkeypatch: pytest.MonkeyPatch, folder: Path, records: Records, monitoring: Monitoring | None = None
) -> AsyncIterator[tuple[Learner, References]]:
    """Who learns, of models with the same records."""
    model = watched(monitoring or replace(Monitoring(), reference_rows=WANTED))
    models = {name: replace(model, name=name) for name in ("churn", "fares")}
    monkeypatch.setattr(learner, "LogReader", lambda _: records)
    async with Database(f"sqlite:///{folder / 'drift.db'}", "STORE", TABLES) as database:
        references = References(database, lambda: models, SystemClock())
        yield Learner("", references, lambda: models), references


def window(model: str = "churn", number: int = 0, rows: int = 1_000, hop_s: int = 3_600) -> Window:
    start_ms = BEGIN_MS + number * hop_s * 1_000
    return Window(model=model, model_version="1", start_ms=start_ms, rows=rows, is_complete=True)


async def test_reading_ends_at_enough_predictions_and_a_repeat_is_not_another_one() -> None:
    model = watched(replace(Monitoring(), reference_rows=WANTED))
    learns = Learner("", None, lambda: {model.name: model})  # type: ignore[arg-type]  # nobody asks for references
    records = Records([f"p{each // 2}" for each in range(400)])

    topic = Partition(model.predictions.topics.validated, 0)
    parts = await learns._answers(records, model, "1", topic, WANTED, 0)  # type: ignore[arg-type]  # it gives what a log gives

    found = put_together(parts, WANTED)
    assert found is not None
    assert sorted(found.ids) == sorted({f"p{each}" for each in range(WANTED)})
    assert records.given == 2 * WANTED // 10


async def test_what_can_be_no_reference_is_told_and_others_are_learnt_still(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    records, judged = Records([f"p{each}" for each in range(WANTED)]), Judged([window("churn"), window("fares")])
    monkeypatch.setattr(book, "held_against", partial(refuse_one, "churn"))
    async with learning(monkeypatch, tmp_path, records) as (learns, references):
        await learns.look(judged)

        assert references.of("churn", "1") is None
        assert references.of("fares", "1") is not None
        await learns.look(judged)
        assert records.opened == 2


async def test_log_that_is_too_large_for_a_reference_is_not_read_again_before_there_is_half_as_much_more(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    records = Records([f"p{each}" for each in range(WANTED)])
    monkeypatch.setattr(book, "MOST_BYTES", 100)
    async with learning(monkeypatch, tmp_path, records) as (learns, _):
        for rows in (WANTED, WANTED + 1, 2 * WANTED):
            assert await learns.learn("churn", "1", BEGIN_MS, rows) is None
        assert records.opened == 2


async def test_log_that_could_not_be_read_is_read_as_soon_as_it_can_be(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    records = Records([f"p{each}" for each in range(WANTED)], is_away=True)
    async with learning(monkeypatch, tmp_path, records) as (learns, _):
        with pytest.raises(BrokerError):
            await learns.learn("churn", "1", BEGIN_MS, WANTED)

        records.is_away = False
        assert await learns.learn("churn", "1", BEGIN_MS, WANTED) is not None


async def test_rows_of_all_windows_count_however_short_these_are(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    records, monitoring = Records([f"p{each}" for each in range(3_000)]), replace(Monitoring(), reference_rows=3_000)
    judged = Judged([window(number=number, rows=1) for number in range(2_999)])
    async with learning(monkeypatch, tmp_path, records, monitoring) as (learns, references):
        await learns.look(judged)
        assert (records.opened, references.of("churn", "1")) == (0, None)

        judged.windows.append(window(number=2_999, rows=1))
        await learns.look(judged)
        assert references.of("churn", "1") is not None


async def test_rows_of_windows_that_overlap_count_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monitoring = replace(Monitoring(), reference_rows=300, window_s=3_600, hop_s=360)
    records, judged = Records([f"p{each}" for each in range(300)]), Judged()
    async with learning(monkeypatch, tmp_path, records, monitoring) as (learns, references):
        judged.windows = [window(number=number, rows=1, hop_s=360) for number in range(2_999)]
        await learns.look(judged)
        assert records.opened == 0

        judged.windows.append(window(number=2_999, rows=1, hop_s=360))
        await learns.look(judged)
        assert references.of("churn", "1") is not None


async def test_windows_that_were_counted_are_not_read_again_but_for_the_newest() -> None:
    series, first = Series("churn", "1"), FirstWindows()
    judged = Judged([window(number=number, rows=2) for number in range(2 * PAGE + 3)])
    assert await first.rows(judged, series, 1_000_000) == 2 * len(judged.windows)
    judged.read = 0

    judged.windows.append(window(number=2 * PAGE + 3, rows=2))
    assert await first.rows(judged, series, 1_000_000) == 2 * len(judged.windows)
    assert (judged.read, first.begin_ms) == (4, BEGIN_MS)
