"""Records of one partition as columns of the bytes they came in: what goes on untouched is never taken apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, compress
from typing import overload

from assay.streaming.blocks.layout import Layout, layout, names_of, packed, spans, unpacked
from assay.streaming.blocks.varint import VARINTS, read
from assay.streaming.record import Headers, Outgoing, Record

__all__ = ["Block", "Onward"]


@dataclass(frozen=True, slots=True)
class Block(Sequence[Record]):
    """Records in the order of their log; each column has one entry a record.

    `keyed` is what stands before the value: the length of the key, the key, the length of the value. `headers` are the
    headers without their number. To ask for a record costs as much as to read it: who goes through many takes columns.
    """

    topic: str
    partition: int
    offsets: list[int]
    timestamps_ms: list[int]
    keyed: list[bytes]
    values: list[bytes | None]
    layouts: list[Layout]
    headers: list[bytes]

    @classmethod
    def of(cls, records: Sequence[Record]) -> Block:
        """Return records of one partition, one at least, as a block."""
        return cls(
            records[0].topic,
            records[0].partition,
            [record.offset for record in records],
            [record.timestamp_ms for record in records],
            [_keyed(record.key, record.value) for record in records],
            [record.value for record in records],
            [layout(tuple(name for name, _ in record.headers)) for record in records],
            [packed(record.headers, _escaped) for record in records],
        )

    @classmethod
    def joined(cls, blocks: Sequence[Block]) -> Block:
        """Return the records of some blocks, one at least, as one block."""
        first, *more = blocks
        if not more:
            return first
        return cls(
            first.topic,
            first.partition,
            [*chain.from_iterable([block.offsets for block in blocks])],
            [*chain.from_iterable([block.timestamps_ms for block in blocks])],
            [*chain.from_iterable([block.keyed for block in blocks])],
            [*chain.from_iterable([block.values for block in blocks])],
            [*chain.from_iterable([block.layouts for block in blocks])],
            [*chain.from_iterable([block.headers for block in blocks])],
        )

    def __len__(self) -> int:
        return len(self.offsets)

    @overload
    def __getitem__(self, at: int) -> Record: ...
    @overload
    def __getitem__(self, at: slice) -> Block: ...
    def __getitem__(self, at: int | slice) -> Record | Block:
        if isinstance(at, slice):
            return Block(
                self.topic,
                self.partition,
                self.offsets[at],
                self.timestamps_ms[at],
                self.keyed[at],
                self.values[at],
                self.layouts[at],
                self.headers[at],
            )
        return Record(
            self.topic,
            self.partition,
            self.offsets[at],
            self.timestamps_ms[at],
            _key(self.keyed[at]),
            self.values[at],
            unpacked(self.layouts[at], self.headers[at]),
        )

    def key(self, at: int) -> bytes | None:
        """Return the key of one record, which costs less than the record."""
        return _key(self.keyed[at])

    def but(self, places: Sequence[int]) -> Block:
        """Return all records but those at these places."""
        kept = [True] * len(self)
        for place in places:
            kept[place] = False
        return Block(
            self.topic,
            self.partition,
            [*compress(self.offsets, kept)],
            [*compress(self.timestamps_ms, kept)],
            [*compress(self.keyed, kept)],
            [*compress(self.values, kept)],
            [*compress(self.layouts, kept)],
            [*compress(self.headers, kept)],
        )

    def header(self, name: str) -> list[bytes | None]:
        """Return the value of the last header of that name in each record, None where there is none."""
        places = {named: _last(named.names, name) for named in {*self.layouts} if name in named.names}
        if not places:
            return [None] * len(self)
        return [
            _value(headers, places[named]) if named in places else None
            for named, headers in zip(self.layouts, self.headers, strict=True)
        ]

    def counted(self, name: str, places: Sequence[int] | None = None) -> Counter[bytes]:
        """Count the values of the last header of that name, of the records at these places or of all; no empty ones.

        Quick where records say the same again and again. It is for what a producer says of itself: one that takes pains
        can have another header of its own taken for this one.
        """
        layouts = {*self.layouts}
        spots = range(len(self)) if places is None else places
        found: Counter[bytes] = Counter()
        for named in (each for each in layouts if name in each.names):
            is_all = places is None and len(layouts) == 1
            theirs = self.headers if is_all else [self.headers[at] for at in spots if self.layouts[at] is named]
            found.update(_counted(theirs, named.names, _last(named.names, name)) if theirs else ())
        del found[b""]
        return found

    def without(self, is_dropped: Callable[[str], bool]) -> Block:
        """Return the records without the headers of some names."""
        kept = {
            named: [place for place, name in enumerate(named.names) if not is_dropped(name)]
            for named in {*self.layouts}
        }
        if all(len(places) == len(named.names) for named, places in kept.items()):
            return self
        fewer = {named: named.having(places) for named, places in kept.items()}
        headers = [
            _only(headers, len(named.names), kept[named])
            for named, headers in zip(self.layouts, self.headers, strict=True)
        ]
        return replace(self, layouts=[fewer[named] for named in self.layouts], headers=headers)

    def with_headers(self, added: Headers, numbered: tuple[str, bytes]) -> Block:
        """Return the records with headers added: some that all share, then one whose value ends with the offset."""
        name, stem = numbered
        before = packed(added) + VARINTS[len(name)] + name.encode()
        digits = list(map(b"%d".__mod__, self.offsets))
        lead = {length: before + VARINTS[len(stem) + length] + stem for length in set(map(len, digits))}
        names = (*(name for name, _ in added), name)
        more = {named: layout(named.names + names) for named in {*self.layouts}}
        headers = [theirs + lead[len(digits)] + digits for theirs, digits in zip(self.headers, digits, strict=True)]
        return replace(self, layouts=list(map(more.__getitem__, self.layouts)), headers=headers)


@dataclass(frozen=True, slots=True)
class Onward:
    """Records of a block on their way to a partition: key, value, arrival and headers as they are."""

    topic: str
    partition: int
    block: Block

    def outgoing(self) -> Iterator[Outgoing]:
        """Give them one by one."""
        for record in self.block:
            yield Outgoing(self.topic, self.partition, record.key, record.value, record.headers, record.timestamp_ms)


def _keyed(key: bytes | None, value: bytes | None) -> bytes:
    size = VARINTS[-1 if value is None else len(value)]
    return VARINTS[-1] + size if key is None else VARINTS[len(key)] + key + size


def _key(keyed: bytes) -> bytes | None:
    length, at = read(keyed, 0)
    return None if length < 0 else keyed[at : at + length]


def _last(names: Sequence[str], name: str) -> int:
    return max(place for place, each in enumerate(names) if each == name)


def _value(headers: bytes, place: int) -> bytes | None:
    """Return the value of the header at a place; those before it are stepped over."""
    at = 0
    for _ in range(place):
        length, at = read(headers, at)
        length, at = read(headers, at + length)
        at += max(0, length)
    length, at = read(headers, at)
    length, at = read(headers, at + length)
    return None if length < 0 else headers[at : at + length]


def _counted(theirs: Sequence[bytes], names: Sequence[str], place: int) -> Counter[bytes]:
    """Count the values at a place: most have it where the first one does, and few differ from there on."""
    start = spans(theirs[0], len(names))[place].start
    found: Counter[bytes] = Counter()
    odd: set[bytes] = set()
    for tail, count in Counter([headers[start:] for headers in theirs]).items():
        if _begins(tail, names[place:]):
            found[_value(tail, 0) or b""] += count
        else:
            odd.add(tail)
    if odd:
        found.update([_value(headers, place) or b"" for headers in theirs if headers[start:] in odd])
    return found


def _begins(headers: bytes, names: Sequence[str]) -> bool:
    """Whether these bytes are headers of these names."""
    try:
        return names_of(headers, spans(headers, len(names))) == tuple(names)
    except (IndexError, ValueError):
        return False


def _only(headers: bytes, count: int, kept: Sequence[int]) -> bytes:
    found = spans(headers, count)
    return b"".join([headers[found[place].start : found[place].end] for place in kept])


def _escaped(name: str) -> bytes:
    return name.encode(errors="surrogateescape")
