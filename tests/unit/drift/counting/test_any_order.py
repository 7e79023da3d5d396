"""Panes of one partition add up to the same integers, whatever happens on the way."""

from __future__ import annotations

import asyncio
import itertools
import random
import tempfile
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.monitoring.concept import count_reference
from tests.unit.drift.counting.logs import Book, Logs, Reference, held, profile, summed, watched
from tests.unit.drift.counting.stories import MONITORING, story

HELD = held()


def votes() -> Reference:
    """A reference that says what scores of two classes are worth."""
    draw = np.random.default_rng(1)
    score = draw.random(300)
    truths = (draw.random(300) < score).astype(np.int64)
    both = np.stack([1 - score, score], axis=1)
    return Reference("r2", profile(), (*count_reference(("no", "yes"), both.argmax(axis=1), both, truths),))


VOTES = votes()


@pytest.mark.parametrize("kind", ["binary", "multiclass", "regression", "ranking"])
@pytest.mark.parametrize("layout", ["columns", "rows"])
@given(seed=st.integers(0, 2**32), predictions=st.integers(1, 12))
@settings(max_examples=12)
def test_any_chunking_mix_crash_and_lost_file_comes_to_the_same_integers(
    kind: str, layout: str, seed: int, predictions: int
) -> None:
    classes = ("no", "yes") if kind in ("binary", "multiclass") else ()
    model = watched(MONITORING, kind=kind, layout=layout, classes=classes)
    held = VOTES if kind == "multiclass" else HELD
    with tempfile.TemporaryDirectory() as folder:
        numbers = itertools.count()
        calm, hurt = (Logs(model, Path(folder) / name, Book(held)) for name in ("calm", "hurt"))
        story(calm, random.Random(seed), predictions)
        story(hurt, random.Random(seed), predictions)

        asyncio.run(calm.undisturbed())
        asyncio.run(hurt.disturbed(random.Random(seed), lambda: Path(folder) / f"new{next(numbers)}"))

    assert summed(hurt.panes, kind) == summed(calm.panes, kind)


@pytest.mark.parametrize("layout", ["columns", "rows"])
@given(seed=st.integers(0, 2**32))
@settings(max_examples=12)
def test_another_order_of_the_logs_comes_to_the_same_integers(layout: str, seed: int) -> None:
    model = watched(MONITORING, layout=layout)
    with tempfile.TemporaryDirectory() as folder:
        one, other = (Logs(model, Path(folder) / name, Book(HELD)) for name in ("one", "other"))
        story(one, random.Random(seed), 8)
        story(other, random.Random(seed), 8)
        for records in other.records.values():
            values = [(each.value, each.timestamp_ms) for each in records]
            random.Random(seed).shuffle(values)
            records[:] = [
                each._replace(value=value, timestamp_ms=at_ms)
                for each, (value, at_ms) in zip(records, values, strict=True)
            ]
        other.records = defaultdict(list, reversed(other.records.items()))

        asyncio.run(one.undisturbed())
        asyncio.run(other.undisturbed())

    assert summed(other.panes, "binary") == summed(one.panes, "binary")


@given(seed=st.integers(0, 2**32), predictions=st.integers(1, 12))
@settings(max_examples=12)
def test_batches_and_rows_come_to_the_same_integers(seed: int, predictions: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        both = [
            Logs(watched(MONITORING, layout=layout), Path(folder) / layout, Book(HELD))
            for layout in ("columns", "rows")
        ]
        for each in both:
            story(each, random.Random(seed), predictions)
            asyncio.run(each.undisturbed())

    columns, rows = (summed(each.panes, "binary") for each in both)
    assert columns == rows
