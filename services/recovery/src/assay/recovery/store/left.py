"""Remembers why dead letters were left where they are; a hint, which may be lost."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Mapping

import sqlalchemy as sa

from assay.recovery.store.tables import LEFT
from assay.recovery.store.upsert import clean, upsert
from assay.runtime.database import Database

__all__ = ["Left", "left_texts"]

MAX_TEXTS = 5
MAX_TEXT = 500


class Left:
    """Explanations by failure, as whoever tried to repair its dead letters found them.

    Raises:
        StoreAwayError: from every method, when the store does not answer.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, topic: str, partition: int, left: Mapping[str, Mapping[str, int]]) -> None:
        """Count dead letters of a partition that stay, by failure and explanation."""
        if left:
            await self._database.run(lambda transaction: _add(transaction, topic, partition, left))

    async def clear(self, topic: str, partition: int) -> None:
        """Forget what was left in a partition, before it is swept anew."""
        change = sa.delete(LEFT).filter_by(topic=topic, partition=partition)
        await self._database.run(lambda transaction: transaction.execute(change))


def left_texts(transaction: sa.Connection, failures: sa.Select[tuple[str]]) -> Mapping[str, Counter[str]]:
    """Return why dead letters of these failures stay, each explanation with how many."""
    found: defaultdict[str, Counter[str]] = defaultdict(Counter)
    query = sa.select(LEFT.c.failure, LEFT.c.explanations).where(LEFT.c.failure.in_(failures))
    for failure, text in transaction.execute(query):
        found[failure].update(json.loads(text))
    return found


def _add(transaction: sa.Connection, topic: str, partition: int, left: Mapping[str, Mapping[str, int]]) -> None:
    here = sa.select(LEFT.c.failure, LEFT.c.explanations).filter_by(topic=topic, partition=partition)
    before = dict(transaction.execute(here.where(LEFT.c.failure.in_([*left]))).all())
    rows = []
    for failure, texts in left.items():
        counts = Counter(json.loads(before.get(failure, "{}")))
        counts.update({clean(text, MAX_TEXT): count for text, count in texts.items()})
        told = json.dumps(dict(counts.most_common(MAX_TEXTS)))
        rows.append({"failure": failure, "topic": topic, "partition": partition, "explanations": told})
    upsert(transaction, LEFT, rows, ("explanations",))
