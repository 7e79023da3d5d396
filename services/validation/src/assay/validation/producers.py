"""What records say of who sent them: the words that go on with dead letters, and the counts in panes. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

from assay.api.validation.v1.pane_pb2 import PaneProducer
from assay.streaming import Block, Headers, Record, headers

__all__ = ["MAX_PRODUCERS", "MAX_WORD", "Producers", "said"]

MAX_PRODUCERS = 64
"""Apps that a pane tells apart; those with refused records come first, then those with the most."""

MAX_WORD = 128
"""Characters of a name that a producer gave itself."""

SAID = (headers.PRODUCER, headers.VERSION)


def said(record: Record) -> Headers:
    """Return who sent a record and which version it declares, each in printable characters, where it says so."""
    found = ((name, _word(value)) for name in SAID if (value := _last(record, name)))
    return tuple((name, word.encode()) for name, word in found if word)


class Producers:
    """Counts the records of one transaction by the app that sent them."""

    def __init__(self) -> None:
        self._all: Counter[str] = Counter()
        self._refused: Counter[str] = Counter()

    def add(self, records: Block, refused: Sequence[int]) -> None:
        """Count records, of which those at some places are refused."""
        counted = records.counted(headers.PRODUCER)
        if not counted:
            return
        for value, count in counted.items():
            self._all[_word(value)] += count
        is_all = len(refused) == len(records)
        for value, count in (counted if is_all else records.counted(headers.PRODUCER, refused)).items():
            self._refused[_word(value)] += count

    def counts(self) -> list[PaneProducer]:
        """Return the counts as they are written, for as many as a pane takes."""
        named = sorted(filter(None, self._all), key=lambda name: (-self._refused[name], -self._all[name], name))
        return [
            PaneProducer(producer=name, valid=self._all[name] - self._refused[name], refused=self._refused[name])
            for name in named[:MAX_PRODUCERS]
        ]


@lru_cache(maxsize=4_096)
def _word(value: bytes) -> str:
    text = value[: 4 * MAX_WORD].decode(errors="replace")
    return "".join(filter(str.isprintable, text)).strip()[:MAX_WORD]


def _last(record: Record, name: str) -> bytes | None:
    return next((value for key, value in reversed(record.headers) if key == name), None)
