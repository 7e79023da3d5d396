"""A window as it is kept: the bytes that go out, and where in them each feature lies, so that few are left out cheaply."""

from __future__ import annotations

from array import array
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import lru_cache

from assay.api.drift.v1.window_pb2 import Window
from assay.drift.windows.series import Series

__all__ = ["Held", "framed"]

FEATURES = Window.FEATURES_FIELD_NUMBER
SKEW = Window.SKEW_FIELD_NUMBER
OF_USERS = frozenset({Window.EXPERIMENTS_FIELD_NUMBER, Window.SESSIONS_FIELD_NUMBER})
WIRE_BYTES, WIRE_VARINT = 2, 0
WIRE_SIZES = {1: 8, 5: 4}
"""How many bytes a value of a fixed size takes."""

ANSWERS = 1
"""The field of every answer that holds windows or signals."""


@dataclass(frozen=True, slots=True, eq=False)
class Held:
    """One revision of a window: what it is known by, and its bytes on the wire."""

    series: Series
    start_ms: int
    end_ms: int
    revision: int
    is_complete: bool
    rows: int
    judged_at_ms: int
    body: bytes
    names: tuple[str, ...]
    """Features of the parts that are about one feature, in the order of the bytes."""

    places: array[int]
    """Where each of those parts begins and ends."""

    @property
    def age(self) -> tuple[bool, int, int]:
        """What replaces what: the greater one stands. A complete window replaces an open one, then the higher revision."""
        return self.is_complete, self.revision, self.judged_at_ms

    def window(self) -> Window:
        """Return the message."""
        return Window.FromString(self.body)

    def only(self, features: Collection[str]) -> bytes:
        """Return the bytes of the message with these features alone; with all of them where none is named."""
        if not features:
            return self.body
        kept, at = bytearray(), 0
        bounds = iter(self.places)
        for name, start, stop in zip(self.names, bounds, bounds, strict=True):
            kept += self.body[at:start]
            if name in features:
                kept += self.body[start:stop]
            at = stop
        return bytes(kept + self.body[at:])

    def of_users(self) -> bytes:
        """Return the bytes of the parts that are of users: after those of another window they are parts of that."""
        return b"".join(self.body[start:stop] for field, start, stop in _fields(self.body) if field in OF_USERS)

    @staticmethod
    def of(window: Window) -> Held:
        """Keep a window as it is now; what becomes of the message after that does not matter."""
        body = window.SerializeToString()
        places, names = array("I"), list[str]()
        parts = {
            FEATURES: (each.feature for each in window.features),
            SKEW: (each.feature for each in window.skew),
        }
        for field, start, stop in _fields(body):
            if field in parts:
                names.append(next(parts[field]))
                places.extend((start, stop))
        return Held(
            Series(window.model, window.model_version, window.segment),
            window.start_ms,
            window.end_ms,
            window.revision,
            window.is_complete,
            window.rows,
            window.judged_at_ms,
            body,
            _shared(tuple(names)),
            places,
        )


def framed(body: bytes) -> bytes:
    """Return a message as it stands in the list of an answer."""
    return bytes((ANSWERS << 3 | WIRE_BYTES,)) + _varint(len(body)) + body


@lru_cache(maxsize=1_000)
def _shared(names: tuple[str, ...]) -> tuple[str, ...]:
    """The same names once, however many windows have them."""
    return names


def _fields(body: bytes) -> Iterator[tuple[int, int, int]]:
    """Give the number of each field of a message, and where it begins and ends."""
    at = 0
    while at < len(body):
        start = at
        tag, at = _read(body, at)
        if tag & 7 == WIRE_BYTES:
            size, at = _read(body, at)
            at += size
        elif tag & 7 == WIRE_VARINT:
            _, at = _read(body, at)
        else:
            at += WIRE_SIZES[tag & 7]
        yield tag >> 3, start, at


def _read(body: bytes, at: int) -> tuple[int, int]:
    value, shift = 0, 0
    while True:
        byte = body[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7


def _varint(value: int) -> bytes:
    written = bytearray()
    while value > 0x7F:
        written.append(value & 0x7F | 0x80)
        value >>= 7
    written.append(value)
    return bytes(written)
