"""The catalog on disk, for a start without the registry."""

from __future__ import annotations

import os
from dataclasses import asdict
from pathlib import Path

import orjson

from assay.client.shelf import Place, Shelf, Version

__all__ = ["read_snapshot", "write_snapshot"]

FORMAT = 2
NEWEST_ONLY = 1
"""The format of before: the newest version of each contract, so the registry is asked for everything once."""


def write_snapshot(path: Path, shelf: Shelf) -> None:
    """Put the shelf on disk; a reader finds the old file or the new one, whole, whatever is killed meanwhile.

    Raises:
        OSError: it can't be written; the old file is untouched.
    """
    versions = [
        asdict(one) | {"text": one.text.decode()} for versions in shelf.versions.values() for one in versions.values()
    ]
    body = {"format": FORMAT, "epoch": shelf.place.epoch, "revision": shelf.place.revision, "contracts": versions}
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
        if body["format"] not in (FORMAT, NEWEST_ONLY):
            return None
        place = Place() if body["format"] == NEWEST_ONLY else Place(body["epoch"], body["revision"])
        shelf = Shelf(place=place)
        for one in body["contracts"]:
            shelf.receive(Version(**one | {"text": one["text"].encode()}), place, caught_up=False)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return shelf
