"""Hostile records of each wire form, the same for the same seed: every kind by turns. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import cycle
from random import Random
from typing import NamedTuple

from assay.contracts import WireForm
from assay.testkit.hostile import binary, text

__all__ = ["SURELY_REFUSED", "Input", "hostile", "sample"]

MOST_LARGE = 100


class Input(NamedTuple):
    """A record, and which kind of harm it means."""

    kind: str
    value: bytes


class _Kinds(NamedTuple):
    small: Mapping[str, Callable[[Random], bytes]]
    large: Mapping[str, Callable[[Random], bytes]]


_KINDS: dict[WireForm, _Kinds] = {
    "json": _Kinds(text.SMALL, text.LARGE),
    "avro": _Kinds(binary.AVRO, binary.LARGE["avro"]),
    "protobuf": _Kinds(binary.PROTOBUF, binary.LARGE["protobuf"]),
}
SURELY_REFUSED: dict[WireForm, frozenset[str]] = {
    "json": text.SURELY_REFUSED,
    "avro": binary.SURELY_REFUSED["avro"],
    "protobuf": binary.SURELY_REFUSED["protobuf"],
}
"""Kinds of which no record keeps the contract."""


def hostile(form: WireForm, seed: int, count: int) -> Iterator[Input]:
    """Give so many records, the small kinds by turns, and a hundred large ones at even distances."""
    random = Random(f"{form} {seed}")  # noqa: S311 -- a plan, no secret
    small, large = cycle(_KINDS[form].small.items()), cycle(_KINDS[form].large.items())
    every = max(1, count // MOST_LARGE)
    for number in range(count):
        kind, make = next(large if number % every == 0 else small)
        yield Input(kind, make(random))


def sample(form: WireForm, seed: int, each: int) -> Iterator[Input]:
    """Give so many records of every kind."""
    random = Random(f"{form} {seed}")  # noqa: S311 -- a plan, no secret
    for kind, make in (*_KINDS[form].small.items(), *_KINDS[form].large.items()):
        yield from (Input(kind, make(random)) for _ in range(each))
