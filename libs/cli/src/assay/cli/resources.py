"""Schemas that a plain JSON Schema refers to by URI: from files and folders, never from a network."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

from assay.cli.errors import CommandError

__all__ = ["ResourceError", "resources"]


class ResourceError(CommandError):
    """A resource is no file, or no schema that has a URI."""


def resources(said: Iterable[str]) -> dict[str, Any]:
    """Return schemas by URI, as `URI=FILE`, `URI=FOLDER` (whose files are below the URI), or a path of such as say `$id`.

    Raises:
        ResourceError: there is no such file, it is no JSON, or it has no URI.
    """
    return {uri: schema for each in said for uri, schema in _found(each)}


def _found(said: str) -> Iterator[tuple[str, Any]]:
    uri, path = _split(said)
    if path.is_file():
        schema = _read(path)
        if not (name := uri or _own_uri(schema)):
            raise ResourceError(f"{path}: it has no `$id`; write URI={path}")
        yield name, schema
        return
    for file in sorted(path.rglob("*.json")):
        schema = _read(file)
        below = quote(file.relative_to(path).as_posix())
        if name := f"{uri.removesuffix('/')}/{below}" if uri else _own_uri(schema):
            yield name, schema


def _split(said: str) -> tuple[str, Path]:
    """The URI, if there is one, and the path; either may have an equals sign in it."""
    places = [-1, *(place for place, letter in enumerate(said) if letter == "=")]
    for place in places:
        if (path := Path(said[place + 1 :])).exists():
            return said[: max(place, 0)], path
    raise ResourceError(f"{said}: there is no such file; write URI=FILE or URI=FOLDER")


def _own_uri(schema: Any) -> str:
    """The URI that a schema names; nothing where it names none."""
    own = (schema.get("$id") or schema.get("id")) if isinstance(schema, dict) else None
    return own.removesuffix("#") if isinstance(own, str) else ""


def _read(file: Path) -> Any:
    try:
        return json.loads(file.read_bytes())
    except ValueError as error:
        raise ResourceError(f"{file}: {error}") from error
