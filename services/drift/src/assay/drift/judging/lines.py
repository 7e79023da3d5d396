"""Verdicts of all features of a window at once: their numbers as columns, their words as they repeat, one message for each."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from assay.api.drift.v1 import window_pb2 as pb
from assay.monitoring.profiles.columns import Booleans, Floats, Ints

__all__ = ["NUMBERS", "Words", "verdicts_of"]

NUMBERS = (
    "statistic", "p", "q", "effect", "psi", "js", "hellinger", "missing", "unseen", "threshold", "floor", "dispersion",
    "wasserstein",
)  # fmt: skip
"""What is said of a feature that was tested, in the order of the columns; the last is left out where it is not a number."""

DOUBLE, MESSAGE = 1, 2
"""How the wire calls what follows: eight bytes, or as many as stand before it."""


class Words(NamedTuple):
    """What is said of many features in the same words."""

    state: pb.DriftState.ValueType
    test: str | None = None
    direction: str | None = None
    note: str | None = None


def verdicts_of(
    names: tuple[str, ...],
    rows: int,
    words: Sequence[Words],
    spoken: Ints,
    numbers: Floats,
    tested: Booleans,
    more: Mapping[int, pb.FeatureVerdict],
) -> Sequence[pb.FeatureVerdict]:
    """Return one verdict a feature: its name and the rows, its line of `numbers` if it was tested, its words, and `more`.

    `spoken` is the place of each feature's words among all. What more there is replaces what was said before it.

    A message is what its parts say one behind the other, so each is put together from parts that are written already, and
    all are read at once: that takes a third of the time that setting the fields of each takes.
    """
    said = [_spoken(each, rows) for each in words]
    body, size = _written(numbers), _LINE.itemsize
    lengths = np.where(tested, np.where(np.isnan(numbers[:, -1]), size - _LAST, size), 0)
    columns = zip(_named(names), [said[each] for each in spoken.tolist()], lengths.tolist(), strict=True)
    parts = [
        name + spoken + body[place : place + length]
        for place, (name, spoken, length) in zip(range(0, len(body), size), columns, strict=True)
    ]
    for line, rest in more.items():
        parts[line] += rest.SerializeToString()
    return pb.Window.FromString(b"".join([_before(len(part)) + part for part in parts])).features


def _spoken(word: Words, rows: int) -> bytes:
    state, test, direction, note = word
    return pb.FeatureVerdict(state=state, n=rows, test=test, direction=direction, note=note).SerializeToString()


@functools.lru_cache(maxsize=64)
def _named(names: tuple[str, ...]) -> Sequence[bytes]:
    return [pb.FeatureVerdict(feature=name).SerializeToString() for name in names]


def _written(numbers: Floats) -> bytes:
    """All lines, each as long as the next: before each number stands which it is."""
    lines = np.repeat(_LINE, len(numbers))
    for column, name in enumerate(NUMBERS):
        lines[name] = numbers[:, column]
    return lines.tobytes()


@functools.lru_cache(maxsize=4_096)
def _before(size: int) -> bytes:
    """What stands before a verdict of a window that takes so many bytes."""
    return _whole(pb.Window.DESCRIPTOR.fields_by_name["features"].number << 3 | MESSAGE) + _whole(size)


def _whole(number: int) -> bytes:
    """A whole number as the wire has it: seven bits a byte, the lowest first, and whether more follow."""
    written = bytearray()
    while number > 0x7F:
        written.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes((*written, number))


def _line() -> np.ndarray[tuple[int], np.dtype[np.void]]:
    """A line without its numbers."""
    fields = pb.FeatureVerdict.DESCRIPTOR.fields_by_name
    tags = {name: _whole(fields[name].number << 3 | DOUBLE) for name in NUMBERS}
    kinds = [
        (part, kind) for name, tag in tags.items() for part, kind in ((f"{name} is", f"V{len(tag)}"), (name, "<f8"))
    ]
    line = np.zeros(1, dtype=kinds)
    for name, tag in tags.items():
        line[f"{name} is"] = np.void(tag)
    return line


_LINE = _line()
_LAST = 8 + len(_whole(pb.FeatureVerdict.DESCRIPTOR.fields_by_name[NUMBERS[-1]].number << 3 | DOUBLE))
"""Bytes of the last number."""
