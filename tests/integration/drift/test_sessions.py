"""Sessions of users are those of a plain recount: over four partitions and PostgreSQL, out of order, with repeats and kills."""

from __future__ import annotations

import asyncio
import random
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import grpc
import numpy as np
import pytest
import sqlalchemy as sa
from google.protobuf.timestamp_pb2 import Timestamp

from assay.api.drift.v1 import drift_pb2 as pb
from assay.api.drift.v1.drift_pb2_grpc import DriftServiceStub
from assay.api.drift.v1.window_pb2 import Sessions, VariantSessions, Window
from assay.api.models.v1.outcome_pb2 import Outcome
from assay.client import Answer
from assay.client.analytical.partition import partition_of
from assay.contracts.analytical import Feature, FeatureSchema, Model
from assay.drift.windows.judged import State
from assay.drift.windows.tables import WINDOWS as WINDOWS_KEPT
from assay.drift.windows.users import Variant
from assay.monitoring.experiments import UserSums, sums_of
from assay.streaming import Outgoing
from assay.testkit import Broker, eventually
from tests.integration.drift.stage import BEGIN_S, VERSION, Case, DriftStage, drift_stage, repeated, shuffled
from tests.integration.registry.postgres import postgres

PARTITIONS, ROWS, USERS = 4, 1_200, 30
MINUTE_MS = 60_000
GAP_MS, WINDOW_MS = 30 * MINUTE_MS, 100 * MINUTE_MS
BEGIN_MS = 1000 * BEGIN_S
WINDOWS = ROWS // 100 + 1
"""One of them after the last prediction: sessions end in it, and nothing is done."""

SHARES = {"new": 0.5, "old": 0.5}
MONITORING = {
    "window": "PT100M",
    "sessionGap": "PT30M",
    "metrics": [
        {"name": "visits", "numerator": "sessions", "control": "old", "shares": SHARES},
        {
            "name": "spent",
            "numerator": "outcome:bought",
            "ofValue": True,
            "denominator": "sessions",
            "control": "old",
            "shares": SHARES,
        },
    ],
}


@dataclass(frozen=True, slots=True)
class Bought:
    """An outcome of a prediction; half of them leave it to the prediction whose they are."""

    number: int
    at_ms: int
    value: float


@dataclass(frozen=True, slots=True)
class Visit:
    """A session, recounted."""

    first_ms: int
    last_ms: int
    events: int
    spent: Fraction

    @property
    def window(self) -> int:
        return (self.last_ms + GAP_MS - BEGIN_MS) // WINDOW_MS


USER_OF = random.Random(3).choices([f"u{number}" for number in range(USERS)], k=ROWS)
"""Whom each prediction is for: each comes by about twice an hour, for a while or for hours."""


def variant_of(user: str) -> str:
    return "new" if int(user[1:]) % 2 else "old"


def cases_of() -> list[Case]:
    """A prediction each minute, each for some user."""
    answers = [Answer(0.5, "no", user=user, variant=variant_of(user)) for user in USER_OF]
    return [Case(f"p{place}", BEGIN_MS + MINUTE_MS * place, {"x": 1.0}, answer) for place, answer in enumerate(answers)]


def bought_by(chance: random.Random) -> list[Bought]:
    """What a third of the predictions come to, some minutes after them."""
    rows = chance.sample(range(ROWS), ROWS // 3)
    return [
        Bought(each, BEGIN_MS + MINUTE_MS * (each + chance.randrange(25)), chance.choice((0.1, 5.0, 19.9)))
        for each in sorted(rows)
    ]


def written(stage: DriftStage, found: Sequence[Bought]) -> list[Outgoing]:
    topic, records = stage.contracts["outcomes"].topics.validated, []
    for each in found:
        name, user = f"p{each.number}", USER_OF[each.number]
        stamp = Timestamp()
        stamp.FromMilliseconds(each.at_ms)
        is_said = each.number % 2 == 0
        outcome = Outcome(
            prediction_id=name,
            observed_at=stamp,
            model=stage.setting.model,
            outcome_id=f"o{each.number}",
            name="bought",
            value=each.value,
            user=user if is_said else None,
            variant=variant_of(user) if is_said else None,
        )
        place = partition_of(name, PARTITIONS)
        records.append(Outgoing(topic, place, name.encode(), outcome.SerializeToString()))
    return records


def recount(cases: Sequence[Case], found: Sequence[Bought]) -> dict[str, list[Visit]]:
    """The sessions of every user: what was done, in its order, cut where nothing came for longer than the gap."""
    done: defaultdict[str, list[tuple[int, Fraction]]] = defaultdict(list)
    for case in cases:
        done[case.answer.user].append((case.at_ms, Fraction(0)))
    for each in found:
        done[USER_OF[each.number]].append((each.at_ms, Fraction(each.value)))
    return {user: visits_of(sorted(all_done)) for user, all_done in done.items()}


def visits_of(done: Sequence[tuple[int, Fraction]]) -> list[Visit]:
    visits: list[Visit] = []
    for at_ms, value in done:
        last = visits[-1] if visits else None
        if last is not None and at_ms - last.last_ms <= GAP_MS:
            visits[-1] = Visit(last.first_ms, at_ms, last.events + 1, last.spent + value)
        else:
            visits.append(Visit(at_ms, at_ms, 1, value))
    return visits


def told_of(visits: Mapping[str, Sequence[Visit]], window: int) -> Sessions:
    """What a window should say of the sessions that ended in it."""
    ended = {
        variant: [
            each
            for user, found in visits.items()
            for each in found
            if variant_of(user) == variant and each.window == window
        ]
        for variant in ("new", "old")
    }
    variants = [
        VariantSessions(variant=variant, ended=len(found), mean_length_s=length_s(found), mean_events=events(found))
        for variant, found in ended.items()
        if found
    ]
    both = [each for found in ended.values() for each in found]
    return Sessions(ended=len(both), mean_length_s=length_s(both), mean_events=events(both), variants=variants)


def length_s(ended: Sequence[Visit]) -> float:
    return sum(each.last_ms - each.first_ms for each in ended) / (1000 * len(ended))


def events(ended: Sequence[Visit]) -> float:
    return sum(each.events for each in ended) / len(ended)


def sums_until(visits: Mapping[str, Sequence[Visit]], window: int) -> dict[Variant, UserSums]:
    """The sums over users up to the end of a window; a user is there from the first prediction on."""
    end_ms = BEGIN_MS + (window + 1) * WINDOW_MS
    sums: dict[Variant, UserSums] = {}
    for variant in ("new", "old"):
        users = [
            [each for each in found if each.window <= window]
            for user, found in visits.items()
            if variant_of(user) == variant and found[0].first_ms < end_ms
        ]
        counts = np.array([float(len(ended)) for ended in users])
        spent = np.array([float(sum(each.spent for each in ended)) for ended in users])
        sums[Variant("visits", variant)] = sums_of(counts, np.ones(len(users)))
        sums[Variant("spent", variant)] = sums_of(spent, counts)
    return sums


def kept(store: str) -> list[tuple[Window, dict[Variant, UserSums]]]:
    """The windows of users as they are in the store, oldest first, with the sums up to their end."""
    asked = sa.select(WINDOWS_KEPT).filter_by(version="", segment="").order_by(WINDOWS_KEPT.c.start_ms)
    engine = sa.create_engine(store)
    try:
        with engine.connect() as connection:
            rows = connection.execute(asked).all()
    finally:
        engine.dispose()
    return [(Window.FromString(row.window), State.read(row.state).sums()) for row in rows]


async def latest(stage: DriftStage) -> Window:
    """The newest complete window as one sees it who names no version."""
    request = pb.GetLatestRequest(keys=[pb.WindowKey(model=stage.setting.model)])
    async with grpc.aio.insecure_channel(stage.judge.address) as channel:
        answer = await DriftServiceStub(channel).GetLatest(request, timeout=20, wait_for_ready=True)
    return Window.FromString(answer.windows[0].SerializeToString())


@pytest.mark.timeout(900)
async def test_sessions_over_four_partitions_with_repeats_and_kills_are_those_of_a_recount(
    broker: Broker, unique: Callable[[str], str], tmp_path: Path
) -> None:
    chance = random.Random(5)
    cases, bought = cases_of(), bought_by(chance)
    visits = recount(cases, bought)
    expected = [(told_of(visits, window), sums_until(visits, window)) for window in range(WINDOWS)]
    end_ms = BEGIN_MS + MINUTE_MS * ROWS
    ends = [Case(f"end{place}", end_ms + 5 * 60 * MINUTE_MS, {"x": 1.0}) for place in range(16 * PARTITIONS)]
    model = Model(unique("visits"), FeatureSchema((Feature("x"),)), classes=("no", "yes"), partitions=PARTITIONS)

    async with postgres() as server, drift_stage(broker, tmp_path, model, MONITORING, 2, store=server.url) as stage:
        sent = mixed(stage, shuffled(cases, 60 * MINUTE_MS, 7), written(stage, bought), chance)
        third = len(sent) // 3
        await stage.send(sent[:third])
        if broker.is_durable:
            await stage.counters[0].kill()
            await stage.counters[0].restart()
        await stage.send(sent[third : 2 * third])
        if broker.is_durable:
            await stage.judge.kill()
            await stage.judge.restart()
            await stage.counters[1].kill()
        await stage.send(sent[2 * third :] + stage.batches(ends))
        if broker.is_durable:
            await stage.counters[1].restart()

        async def are_told() -> bool:
            found = await asyncio.to_thread(kept, stage.store)
            return [(window.sessions, sums) for window, sums in found[:WINDOWS]] == expected

        async def is_shown() -> bool:
            return (await latest(stage)).sessions == expected[WINDOWS - 2][0]

        await eventually(are_told, 240)
        await eventually(is_shown, 20)
        newest = await latest(stage)

    assert (newest.model_version, newest.start_ms) == (VERSION, BEGIN_MS + WINDOW_MS * (WINDOWS - 2))
    assert {each.metric for each in newest.experiments} == {"visits", "spent"}
    assert all(told.ended for told, _ in expected)


def mixed(stage: DriftStage, cases: Sequence[Case], outcomes: list[Outgoing], chance: random.Random) -> list[Outgoing]:
    """Batches of one variant each with the outcomes of about their time around them, a tenth of all twice."""
    found: list[Outgoing] = []
    step = 100
    for start in range(0, len(cases), step):
        part = cases[start : start + step]
        share = outcomes[start * len(outcomes) // len(cases) : (start + step) * len(outcomes) // len(cases)]
        records = share + [
            record
            for variant in ("new", "old")
            for record in stage.batches([each for each in part if each.answer.variant == variant])
        ]
        found += chance.sample(records, len(records))
    return repeated(found, 0.1, 7)
