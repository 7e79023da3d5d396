"""The catalog on disk, for a start without the registry."""

from __future__ import annotations

import os
from pathlib import Path

import orjson

from assay.client.shelf import Place, Published, Shelf

__all__ = ["read_snapshot", "write_snapshot"]

FORMAT = 1


def write_snapshot(path: Path, shelf: Shelf) -> None:
    """Put the shelf on disk; a reader finds the old file or the new one, whole, whatever is killed meanwhile.

    Raises:
        OSError: it can't be written; the old file is untouched.
    """
    newest = [
        {
            "id": one.id,
            "contract": one.contract,
            "version": one.version,
            "text": one.text.decode(),
            "published_ms": one.published_ms,
        }
        for one in shelf.newest.values()
    ]
    body = {"format": FORMAT, "epoch": shelf.place.epoch, "revision": shelf.place.revision, "contracts": newest}
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f"{path.name}.{os.getpid()}.new")
    with fresh.open("wb") as file:
        file.write(orjson.dumps(body))
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


def read_snapshot(path: Path) -> Shelf | None:
    """Return the shelf as it was written; None where there is no file, or one that can't be read."""
    try:
        body = orjson.loads(path.read_bytes())
        if body["format"] != FORMAT:
            return None
        newest = {one["contract"]: Published(**one | {"text": one["text"].encode()}) for one in body["contracts"]}
        return Shelf(newest, Place(body["epoch"], body["revision"]))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
