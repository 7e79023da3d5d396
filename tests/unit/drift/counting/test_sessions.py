"""What users do is counted as parts of sessions, where a metric asks for sessions: each thing once, whenever it comes."""

from __future__ import annotations

import asyncio
import itertools
import random
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.api.drift.v1 import pane_pb2 as pb
from assay.api.models.v1 import outcome_pb2
from assay.contracts.monitoring import Metric
from assay.drift.counting.users import exact
from assay.monitoring.experiments import Session, joined
from tests.unit.drift.counting.logs import BEGIN_MS, Book, Logs, stamp, watched
from tests.unit.drift.counting.stories import HOUR_MS, MONITORING, story
from tests.unit.drift.counting.test_users import buy, predict, totals

SHARES = (("a", 0.5), ("b", 0.5))
VISITS = Metric("visits", "sessions", "users", "a", SHARES)
SPENT = Metric("spent", "outcome:purchase", "sessions", "a", SHARES, of_value=True)
GAP_S = 1800
FOLLOWED = replace(MONITORING, segments=(), metrics=(VISITS, SPENT), session_gap_s=GAP_S)


def logs_of(folder: Path, layout: str = "rows") -> Logs:
    return Logs(watched(FOLLOWED, layout=layout), folder, Book(None))


def sessions(panes: Sequence[pb.DriftPane], gap_s: int = GAP_S) -> dict[tuple[str, str], list[Session]]:
    """The sessions of each user of a variant, joined from all panes; parts stand where their stretch is."""
    parts: defaultdict[tuple[str, str], list[Session]] = defaultdict(list)
    for pane in panes:
        for each in pane.slices:
            for part in each.sessions:
                assert each.start_ms <= part.first_ms <= part.last_ms < each.start_ms + each.pane_ms
                amounts = {metric: int(amount, 16) for metric, amount in part.amounts.items()}
                parts[part.variant, part.user].append(Session(part.first_ms, part.last_ms, part.events, amounts))
    return {who: joined(found, 1000 * gap_s) for who, found in parts.items()}


def show(logs: Logs, after_ms: int) -> None:
    message = outcome_pb2.Action(
        prediction_id="p1", acted_at=stamp(BEGIN_MS + after_ms), action_id=f"a{after_ms}", name="shown"
    )
    logs.add("actions", message)


@pytest.mark.parametrize("is_first", [True, False], ids=["prediction first", "prediction last"])
async def test_all_that_comes_of_a_prediction_belongs_to_sessions_of_its_user(tmp_path: Path, is_first: bool) -> None:
    logs = logs_of(tmp_path)
    predict(logs)
    show(logs, 5_000)
    buy(logs)
    for topic in [*logs.records] if is_first else [*reversed(logs.records)]:
        await logs.start()
        await logs.chunk([(topic, 1)])
        await logs.stop()

    bought_ms = BEGIN_MS + HOUR_MS
    assert sessions(logs.panes) == {
        ("a", "u1"): [
            Session(BEGIN_MS, BEGIN_MS + 5_000, 2),
            Session(bought_ms, bought_ms, 1, {"spent": exact(19.9)}),
        ]
    }


async def test_what_is_counted_by_session_is_not_counted_by_user_too(tmp_path: Path) -> None:
    logs = logs_of(tmp_path)
    predict(logs)
    buy(logs)

    await logs.undisturbed()

    assert {key[1:4]: found for key, found in totals(logs).items()} == {
        ("visits", "a", "u1"): (0, 0),
        ("spent", "a", "u1"): (0, 0),
    }


async def test_repeats_add_nothing_to_a_session(tmp_path: Path) -> None:
    logs = logs_of(tmp_path)
    for _ in range(3):
        predict(logs)
        show(logs, 5_000)

    await logs.undisturbed()

    assert sessions(logs.panes) == {("a", "u1"): [Session(BEGIN_MS, BEGIN_MS + 5_000, 2)]}


@pytest.mark.parametrize(("variant", "user"), [("c", "u1"), ("", "u1"), ("a", "")])
async def test_what_is_of_no_planned_variant_or_of_nobody_is_no_session(
    tmp_path: Path, variant: str, user: str
) -> None:
    logs = logs_of(tmp_path)
    predict(logs, variant, user)
    buy(logs)

    await logs.undisturbed()

    assert sessions(logs.panes) == {}


async def test_without_a_metric_of_sessions_nobodys_sessions_are_counted(tmp_path: Path) -> None:
    logs = Logs(watched(replace(MONITORING, segments=()), layout="rows"), tmp_path, Book(None))
    predict(logs)
    buy(logs)

    await logs.undisturbed()

    assert sessions(logs.panes) == {}


@pytest.mark.parametrize("layout", ["columns", "rows"])
@given(seed=st.integers(0, 2**32), predictions=st.integers(1, 10))
@settings(max_examples=8)
def test_any_chunking_mix_crash_and_lost_file_comes_to_the_same_sessions(
    layout: str, seed: int, predictions: int
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        numbers = itertools.count()
        calm, hurt = (logs_of(Path(folder) / name, layout) for name in ("calm", "hurt"))
        story(calm, random.Random(seed), predictions)
        story(hurt, random.Random(seed), predictions)

        asyncio.run(calm.undisturbed())
        asyncio.run(hurt.disturbed(random.Random(seed), lambda: Path(folder) / f"new{next(numbers)}"))

    assert sessions(hurt.panes) == sessions(calm.panes)
