"""The counts of a minute as they are kept: one part for each layout that counted, each a pane's minute on the wire. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from assay.alerts.errors import UnreadableCountsError
from assay.alerts.panes.layout import DIGEST_BYTES

__all__ = ["pack", "unpack"]

FORM = 1
"""The form of the bytes, their first one; then for each part a digest, its length in four bytes, and a `PaneMinute`."""

LENGTH_BYTES = 4


def pack(parts: Mapping[bytes, bytes]) -> bytes:
    """Return the parts by digest as one text of bytes, in the order of their digests."""
    text = bytearray((FORM,))
    for digest in sorted(parts):
        text += digest
        text += len(parts[digest]).to_bytes(LENGTH_BYTES)
        text += parts[digest]
    return bytes(text)


def unpack(text: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Return each part with its digest.

    Raises:
        UnreadableCountsError: a newer Assay wrote them.
    """
    if text[:1] != bytes((FORM,)):
        raise UnreadableCountsError(text[:1])
    at = 1
    while at < len(text):
        start = at + DIGEST_BYTES + LENGTH_BYTES
        end = start + int.from_bytes(text[at + DIGEST_BYTES : start])
        yield text[at : at + DIGEST_BYTES], text[start:end]
        at = end
