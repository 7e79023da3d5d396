"""What a row counts against, as bits: which promised fields it lacks, and which of its values fail a quality line."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from assay.contracts.model import Contract
from assay.contracts.promise import Promise

__all__ = ["Marks"]

_Test = Callable[[Any], bool]


class Marks:
    """The bits of one contract version: one for each field that promises speak of, then one for each other condition.

    `of` says what `Promise.fails` says of every promise, in one look at each field.
    """

    def __init__(self, contract: Contract) -> None:
        by_value = [each for each in contract.promises if each.field and each.metric != "rowCount"]
        spoken_of = {promise.field for promise in by_value}
        self.fields = tuple(field.name for field in contract.fields if field.name in spoken_of)
        places: dict[object, int] = {(name,): place for place, name in enumerate(self.fields)}
        self.places = tuple((each.id, places.setdefault(_condition(each), len(places))) for each in by_value)
        """The promises that are counted by value: the id of each, and the place of its bit."""
        tested = {place: each for each, (_, place) in zip(by_value, self.places, strict=True) if _needs_value(each)}
        self._looks = tuple(_look(name, place, tested) for place, name in enumerate(self.fields))

    def all(self, rows: Sequence[Mapping[str, Any]]) -> list[int]:
        """`of` each row; one field that is only looked for, as most contracts have it, takes no call."""
        if len(self._looks) == 1 and not self._looks[0][2]:
            name, absent, _ = self._looks[0]
            return [absent if row.get(name) is None else 0 for row in rows]
        return list(map(self.of, rows))

    def of(self, row: Mapping[str, Any]) -> int:
        """The bits of a row, with its values as they are spelled."""
        marks = 0
        for name, absent, tests in self._looks:
            value = row.get(name)
            if value is None:
                marks |= absent
            elif tests:
                for fails, bit in tests:
                    if fails(value):
                        marks |= bit
        return marks


def _needs_value(promise: Promise) -> bool:
    """Whether more counts than that the field is not there."""
    return promise.metric == "invalidValues" or (promise.metric == "missingValues" and bool(promise.values))


def _condition(promise: Promise) -> object:
    """What tells a condition from others: promises with the same one share a bit, whatever their windows."""
    if not _needs_value(promise):
        return (promise.field,)
    return promise.field, promise.metric, tuple((type(each), repr(each)) for each in promise.values)


def _look(name: str, place: int, tested: Mapping[int, Promise]) -> tuple[str, int, tuple[tuple[_Test, int], ...]]:
    """What to look at of one field: the bits of an absent one, and the tests of a value with the bit of each."""
    own = [(1 << bit, promise) for bit, promise in tested.items() if promise.field == name]
    absent = sum(bit for bit, promise in own if promise.fails(None)) | 1 << place
    return name, absent, tuple((_test(promise), bit) for bit, promise in own)


def _test(promise: Promise) -> _Test:
    """`Promise.fails` of a value that is there, faster where all that is listed is text."""
    if not _are_text(promise.values):
        return promise.fails
    texts = frozenset(promise.values)
    if promise.metric == "invalidValues":
        return lambda value: value.__class__ is not str or value not in texts
    return lambda value: value.__class__ is str and value in texts


def _are_text(values: Iterable[object]) -> bool:
    return all(type(value) is str for value in values)
