"""Says which validated records to apply: of each key the newest, however late an older one is recovered."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable

import msgspec

from assay.contracts import Contract, EnvelopeError, open_envelope
from assay.contracts.frame import FrameError, unframe

__all__ = ["Newest", "order_of"]

ORDER, SOURCE = "assay-order", "assay-source"
MAX_DIGITS = 18
"""What fits into 64 bits for certain."""

Headers = Iterable[tuple[str, bytes | None]]


class Newest:
    """Applies by (key, order), the highest wins: a replay never overwrites what came after the record it repairs.

    `stored` answers the order that the app keeps beside the state of a key, None where it has nothing of it. It is asked
    only for a key that is not remembered; the `max_keys` that were heard of last are.
    """

    def __init__(self, stored: Callable[[bytes], int | None], max_keys: int = 100_000) -> None:
        self._stored = stored
        self._max_keys = max_keys
        self._orders: OrderedDict[bytes, int] = OrderedDict()

    def takes(self, key: bytes, order: int) -> bool:
        """Whether a record is to be applied: nothing newer of its key was. The same record again is taken again."""
        newest = self._orders.pop(key, None)
        if newest is None:
            newest = self._stored(key)
        is_taken = newest is None or order >= newest
        self._orders[key] = order if newest is None else max(order, newest)
        if len(self._orders) > self._max_keys:
            self._orders.popitem(last=False)
        return is_taken


def order_of(contract: Contract, headers: Headers, value: bytes | None) -> int | None:
    """Return the place of a validated record among those of its key, as the lake has it in `_order`.

    Of a replay it is that of the record it repairs, of a change the LSN of its source, else the raw offset. None for a
    tombstone of a change, which says nothing that the delete before it did not, and for what validation did not write.
    """
    found = tuple(headers)
    by_name = dict(found)
    if (replayed := _number(by_name.get(ORDER))) is not None:
        return replayed
    if contract.kind == "cdc":
        if value is None:
            return None
        if (lsn := _lsn(contract, found, value)) is not None:
            return lsn
    return _number((by_name.get(SOURCE) or b"").rpartition(b"/")[2])


def _lsn(contract: Contract, headers: tuple[tuple[str, bytes | None], ...], value: bytes) -> int | None:
    try:
        frame = unframe(value, headers, contract.form)
        return open_envelope(frame.payload if frame else value).lsn
    except (EnvelopeError, FrameError, msgspec.DecodeError, UnicodeDecodeError):  # its key has a place all the same
        return None


def _number(text: bytes | None) -> int | None:
    return int(text) if text and text.isdigit() and len(text) <= MAX_DIGITS else None
