"""Reads a backup of the registry: gzip over lines of JSON, the last with the SHA-256 of those before."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from assay.cli.errors import CommandError

__all__ = ["Row", "rows_of"]

_FORMAT = "assay.registry.backup/1"


class Row(NamedTuple):
    """One row of one table, and the columns that tell it from others; bytes are bytes."""

    table: str
    key: tuple[str, ...]
    values: dict[str, object]


def rows_of(file: Path) -> Iterator[Row]:
    """Give every row.

    Raises:
        CommandError: before the first row it is no backup; after the last one, it is not whole.
    """
    digest, rows = hashlib.sha256(), 0
    try:
        with gzip.open(file, "rb") as lines:
            head = lines.readline()
            facts = json.loads(head)
            if facts.get("format") != _FORMAT:
                raise CommandError(f"{file} is no backup of a registry that this release reads")
            digest.update(head)
            for line in lines:
                entry = json.loads(line.decode(errors="surrogatepass"))
                if "table" not in entry:
                    break
                digest.update(line)
                rows += 1
                yield Row(
                    entry["table"],
                    tuple(facts["keys"][entry["table"]]),
                    {key: _value(value) for key, value in entry["row"].items()},
                )
    except (OSError, EOFError, zlib.error, ValueError, KeyError, AttributeError) as error:
        raise CommandError(f"{file} is no whole backup: {error}") from error
    if entry != {"sha256": digest.hexdigest(), "rows": rows}:
        raise CommandError(f"{file} is no whole backup: its checksum is another")


def _value(value: object) -> object:
    if isinstance(value, dict) and value.keys() == {"base64"}:
        return base64.b64decode(value["base64"])
    return value
