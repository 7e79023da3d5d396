"""What a repair changed, place by place."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import msgspec

from assay.contracts.recovery.outcome import FieldChange
from assay.contracts.recovery.pointers import text

__all__ = ["MAX_CHANGES", "differences"]

MAX_CHANGES = 200
"""Changes of one record that are told."""

_OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])
_ARRAY = msgspec.json.Decoder(list[msgspec.Raw])
_NOTHING = b""


def differences(before: bytes, after: bytes) -> tuple[FieldChange, ...]:
    """The places in which two records differ, as deep as both are objects, or arrays of one length."""
    return tuple(islice(_between(before, after, ()), MAX_CHANGES))


def _between(before: bytes, after: bytes, at: tuple[str, ...]) -> Iterator[FieldChange]:
    if before == after:
        return
    if before[:1] == after[:1] == b"{":
        old, new = _OBJECT.decode(before), _OBJECT.decode(after)
        for name in dict.fromkeys((*old, *new)):
            yield from _between(bytes(old.get(name, _NOTHING)), bytes(new.get(name, _NOTHING)), (*at, name))
        return
    if before[:1] == after[:1] == b"[":
        left, right = _ARRAY.decode(before), _ARRAY.decode(after)
        if len(left) == len(right):
            for place, (one, other) in enumerate(zip(left, right, strict=True)):
                yield from _between(bytes(one), bytes(other), (*at, str(place)))
            return
    yield FieldChange(text(at), _said(before), _said(after))


def _said(value: bytes) -> str | None:
    return value.decode(errors="replace") if value else None
