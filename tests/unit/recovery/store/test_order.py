"""Partitions are read in any order; what the index says in the end does not depend on it."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import astuple

from hypothesis import given, settings
from hypothesis import strategies as st

from assay.api.recovery.v1 import recovery_pb2 as pb
from assay.api.recovery.v1 import run_pb2
from assay.api.validation.v1.pane_pb2 import PaneProducer
from assay.recovery.store import Failures, Runs
from assay.streaming import Record
from tests.unit.recovery.store.projection import Projection, projection
from tests.unit.recovery.store.topics import NOW_MS, action, failure_of, letter, pane, replay, run, settlement

RULES = ("type", "required", "maximum")
OUTCOMES = (pb.OUTCOME_REPLAYED, pb.OUTCOME_DISCARDED, pb.OUTCOME_QUARANTINED)
BEGINS = 2
"""Dead letters that the log held once, and no longer holds: they were settled and replayed like others."""


def history(seed: int) -> list[list[Record]]:
    """The partitions of a platform on which dead letters were settled, replayed, judged, and came back."""
    chance = random.Random(seed)
    partitions: list[list[Record]] = []
    for partition in range(2):
        letters: list[Record] = []
        settled: list[Record] = []
        replays: list[Record] = []
        open_: list[Record] = []
        for _ in range(chance.randrange(3, 20)):
            if open_ and chance.random() < 0.6:
                one = open_.pop(chance.randrange(len(open_)))
                outcome, of = chance.choice(OUTCOMES), one.offset
                by = chance.choice(("", "r"))
                settled.append(settlement(len(settled), of, failure_of(one), outcome, partition=partition, run=by))
                if outcome == pb.OUTCOME_REPLAYED:
                    replays.append(replay(len(replays), of, failure_of(one), partition=partition))
                    if chance.random() < 0.4:
                        again = letter(
                            len(letters),
                            chance.choice(RULES),
                            partition=partition,
                            origin=of,
                            failure=failure_of(one),
                            arrived_ms=one.timestamp_ms,
                        )
                        letters.append(again)
                        open_.append(again)
                    continue
            else:
                new = letter(
                    len(letters),
                    chance.choice(RULES),
                    partition=partition,
                    at_ms=NOW_MS + chance.randrange(10_000_000),
                    producer=chance.choice(("", "till")),
                )
                letters.append(new)
                open_.append(new)
        partitions += [letters[BEGINS:], settled, replays]
        judged = chance.randrange(len(replays) + 1)
        tills = [PaneProducer(producer="till", valid=1, refused=1)]
        positions = sorted({*(chance.randrange(judged + 1) for _ in range(3)), judged})
        partitions.append(
            [
                pane(at, position, partition=partition, valid=3, refused=2, producers=tills)
                for at, position in enumerate(positions)
            ]
        )
    partitions.append(
        [
            action(0, "start", started=run("r", (10, 10))),
            action(1, "pause", changed=run_pb2.RunChanged(run="r", change=run_pb2.RUN_CHANGE_PAUSE)),
            action(2, "mark", marked=run_pb2.FailureMarked(fingerprint=failure_of(letter(0)), known=True)),
        ]
    )
    return [partition for partition in partitions if partition]


def interleaved(partitions: Sequence[Sequence[Record]], seed: int) -> list[Sequence[Record]]:
    """The same records in chunks of any size, each partition in its own order."""
    chance = random.Random(seed)
    left = [[*partition] for partition in partitions]
    chunks: list[Sequence[Record]] = []
    while left := [partition for partition in left if partition]:
        partition = chance.choice(left)
        size = chance.randrange(1, len(partition) + 1)
        chunks.append(partition[:size])
        del partition[:size]
    return chunks


async def known(index: Projection) -> object:
    """Everything that the store says."""
    failures = sorted(map(astuple, (await index.failures()).values()))
    runs = [astuple(each) for each in await Runs(index.database).list()]
    rates = await Failures(index.database, index.known).rates("orders", 0)
    return failures, runs, [astuple(each) for each in rates], [await index.settled(each) for each in range(2)]


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32), st.integers(0, 2**32), st.integers(0, 2**32))
async def test_any_interleaving_of_partitions_gives_the_same_index(seed: int, one: int, other: int) -> None:
    partitions = history(seed)
    async with projection() as index:
        await index.take(*interleaved(partitions, one))
        first = await known(index)
    async with projection() as index:
        await index.take(*interleaved(partitions, other))
        assert await known(index) == first


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32), st.integers(0, 2**32))
async def test_the_index_counts_what_a_recount_of_the_topics_counts(seed: int, order: int) -> None:
    partitions = history(seed)
    letters = [each for partition in partitions for each in partition if each.topic == "orders.dead-letters"]
    settled = {
        each.key for partition in partitions for each in partition if each.topic == "orders.dead-letters.settled"
    }
    async with projection() as index:
        await index.take(*interleaved(partitions, order))
        found = await index.failures()
    for fingerprint, failure in found.items():
        mine = [each for each in letters if failure_of(each) == fingerprint]
        places = [f"{each.topic}/{each.partition}/{each.offset}".encode() for each in mine]
        assert failure.dead_letters == len(mine)
        assert failure.open == sum(place not in settled for place in places)
    assert sum(failure.dead_letters for failure in found.values()) == len(letters)
