"""What a comparison of two schemas says: what breaks, where, by which rule, what would pass, and a document that shows it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import islice
from typing import Any

__all__ = ["MAX_BREAKS", "MAX_DEPTH", "Break", "Outcome", "Sample", "Warned", "joined", "lifted"]

MAX_BREAKS = 32
"""Breaks that one comparison tells at most; who mends so many asks again."""

MAX_DEPTH = 50
"""Values within one another of a sample."""

MAX_SAMPLE = 2_000
"""Values of a sample: a larger one shows nobody what breaks."""


class Outcome(StrEnum):
    """What became of a comparison. Undecided: the work budget was spent before there was a proof."""

    COMPATIBLE = "compatible"
    INCOMPATIBLE = "incompatible"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True)
class Sample:
    """A value that the writer can write, with the number of values in it."""

    value: Any
    size: int = 1

    @classmethod
    def of(cls, value: Any, parts: Iterable[Sample | None]) -> Sample | None:
        """A sample made of parts; none where a part is missing or the whole is too large."""
        size = 1
        for part in parts:
            size += MAX_SAMPLE if part is None else part.size
            if size > MAX_SAMPLE:
                return None
        return cls(value, size)


@dataclass(frozen=True, slots=True)
class Break:
    """One reason why the reader can't read all that was written.

    `path` is a JSON Pointer into the reader's schema, or the names of messages and fields of Protobuf; `rule` is one of
    the ids in docs/reference/compatibility.md; `document` was written with the writer's schema, and the reader's refuses
    it. It is empty where none could be built and confirmed.
    """

    path: str
    rule: str
    message: str
    passes: str
    document: str = ""
    sample: Sample | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Warned:
    """What the reader can read, though it may not mean what the writer meant."""

    path: str
    rule: str
    message: str


def joined(*answers: Iterable[Break]) -> tuple[Break, ...]:
    """The breaks of several comparisons, each told once, so many as are told."""
    found: dict[tuple[str, str], Break] = {}
    for answer in answers:
        for each in islice(answer, MAX_BREAKS):
            found.setdefault((each.path, each.rule), each)
            if len(found) == MAX_BREAKS:
                return tuple(found.values())
    return tuple(found.values())


def lifted(
    answer: Iterable[Break], step: str, around: Callable[[Sample], Sample | None] | None = None
) -> tuple[Break, ...]:
    """The breaks inside a part, as breaks of the whole: a longer path, and the sample with what stands around it."""
    return tuple(
        replace(each, path=step + each.path, sample=around(each.sample) if around and each.sample else None)
        for each in answer
    )
