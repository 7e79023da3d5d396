"""Branches of one choice matched with those of another, one to one, as many as can be."""

from __future__ import annotations

from collections.abc import Generator

from assay.contracts.compatibility.findings import Break
from assay.contracts.compatibility.json.sides import Ask, Side

__all__ = ["unmatched"]

Answer = tuple[Break, ...]


def unmatched(
    readers: tuple[Side, ...], writers: tuple[Side, ...], path: str
) -> Generator[Ask, Answer, tuple[int, Answer] | None]:
    """The first branch of the writer's that is left without one of the reader's, by augmenting paths; with a break."""
    fits: dict[tuple[int, int], Answer] = {}
    taken: dict[int, int] = {}
    for writer in range(len(writers)):
        way: dict[int, int] = {}
        free, stack = None, [writer]
        while stack and free is None:
            each = stack.pop()
            for reader in range(len(readers)):
                if (reader, each) not in fits:
                    fits[reader, each] = yield Ask(readers[reader], writers[each], f"{path}/{reader}")
                if fits[reader, each] or reader in way:
                    continue
                way[reader] = each
                if reader not in taken:
                    free = reader
                    break
                stack.append(taken[reader])
        if free is None:
            return writer, fits[0, writer]
        _turn(taken, way, free)
    return None


def _turn(taken: dict[int, int], way: dict[int, int], free: int) -> None:
    """Give each writer on the way its new reader."""
    back = {writer: reader for reader, writer in taken.items()}
    reader: int | None = free
    while reader is not None:
        writer = way[reader]
        taken[reader] = writer
        reader = back.get(writer)
