"""State that merges by addition: whole numbers add, and what describes them must be the same on both sides."""

from __future__ import annotations

from dataclasses import fields
from functools import lru_cache
from operator import add, sub
from typing import ClassVar, Self, get_type_hints

from assay.monitoring.performance.errors import MixedCountsError, UnreadableCountsError

__all__ = ["Additive", "Written"]

Written = int | str | float | bool | None | list["Written"] | dict[str, "Written"]
"""What JSON can hold."""


class Additive:
    """Base of frozen dataclasses whose sum is the sum of their fields: associative, commutative, and with a difference."""

    __slots__ = ()
    __dataclass_fields__: ClassVar[dict[str, object]]

    def __add__(self, other: Self) -> Self:
        return self.combined(other, 1)

    def __sub__(self, other: Self) -> Self:
        """Take away what was added before: a label that was corrected leaves nothing behind."""
        return self.combined(other, -1)

    def written(self) -> Written:
        """Return the state as values of JSON, which `read` takes."""
        return {name: _written(value) for name, value in self._named()}

    @classmethod
    def read(cls, written: Written) -> Self:
        """Return the state that was written.

        Raises:
            UnreadableCountsError: these fields are not those of such a state.
        """
        hints = _hints(cls)  # type: ignore[arg-type]  # a class is hashable
        names = {each.name for each in fields(cls)}  # type: ignore[arg-type]  # every subclass is a dataclass
        if not isinstance(written, dict) or set(written) != names:
            raise UnreadableCountsError(f"{cls.__name__} is written with the fields {', '.join(sorted(names))}")
        return cls(**{name: _read(hints[name], value, name) for name, value in written.items()})

    def combined(self, other: Self, sign: int) -> Self:
        """Return this with the other added, or taken away where the sign is -1.

        Raises:
            MixedCountsError: they are not of one shape.
        """
        if type(self) is not type(other):
            raise MixedCountsError(f"{type(self).__name__} and {type(other).__name__} can't be added")
        mine = zip(self._named(), other._named(), strict=True)
        return type(self)(**{name: _sum(value, more, sign, name) for (name, value), (_, more) in mine})

    def _named(self) -> list[tuple[str, object]]:
        return [(each.name, getattr(self, each.name)) for each in fields(self)]  # type: ignore[arg-type]  # a dataclass


@lru_cache(maxsize=64)
def _hints(of: type) -> dict[str, object]:
    return get_type_hints(of)


def _are_whole(values: tuple[object, ...] | list[Written]) -> bool:
    """Whether these are whole numbers and nothing else: most of all counts are, and are taken together."""
    return {*map(type, values)} == {int}


def _sum(one: object, other: object, sign: int, name: str) -> object:
    if isinstance(one, Additive) and isinstance(other, Additive):
        return one.combined(other, sign)
    if isinstance(one, tuple) and isinstance(other, tuple) and len(one) == len(other):
        if _are_whole(one) and _are_whole(other):
            return tuple(map(add if sign > 0 else sub, one, other))
        return tuple(_sum(a, b, sign, name) for a, b in zip(one, other, strict=True))
    if isinstance(one, int) and isinstance(other, int):
        return one + sign * other
    if isinstance(one, str | float) and one == other:
        return one
    raise MixedCountsError(f"these counts were made by other rules: {name} is {one!r} here and {other!r} there")


def _written(value: object) -> Written:
    if isinstance(value, Additive):
        return value.written()
    if isinstance(value, tuple):
        if _are_whole(value):
            return [*value]
        return [_written(each) for each in value]
    assert isinstance(value, int | str | float)
    return value


def _read(hint: object, written: Written, name: str) -> object:
    if isinstance(hint, type) and issubclass(hint, Additive):
        return hint.read(written)
    arguments: tuple[object, ...] = getattr(hint, "__args__", ())
    if arguments and isinstance(written, list):
        if arguments[0] is int and _are_whole(written):
            return tuple(written)
        return tuple(_read(arguments[0], each, name) for each in written)
    if hint is float and type(written) in (int, float):
        return float(written)  # type: ignore[arg-type]  # a number, as was just seen
    if isinstance(hint, type) and type(written) is hint:
        return written
    raise UnreadableCountsError(f"{name} holds {written!r}, which these counts never write")
