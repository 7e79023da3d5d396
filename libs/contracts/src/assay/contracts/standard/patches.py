"""What makes one value of another: where they differ, and what stands there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

__all__ = ["Patch", "differences", "patched"]

Patch = dict[str, Any]
"""`at`, a JSON pointer, with the `value` that belongs there; without a value, nothing does."""


def differences(before: Any, after: Any, at: str = "") -> Iterator[Patch]:
    """The patches that make `after` of `before`, the outermost first."""
    if isinstance(before, dict) and isinstance(after, dict):
        for key in before.keys() - after.keys():
            yield {"at": f"{at}/{_escaped(key)}"}
        for key, value in after.items():
            inside = f"{at}/{_escaped(key)}"
            if key in before:
                yield from differences(before[key], value, inside)
            else:
                yield {"at": inside, "value": value}
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for place, (old, new) in enumerate(zip(before, after, strict=True)):
            yield from differences(old, new, f"{at}/{place}")
    elif before != after or type(before) is not type(after):
        yield {"at": at, "value": after}


def patched(value: Any, patches: list[Patch]) -> tuple[Any, list[Patch]]:
    """The value with each patch made, and those whose place is not there any more."""
    lost = []
    for patch in patches:
        *path, last = (_unescaped(part) for part in patch["at"].removeprefix("/").split("/"))
        holder = _found(value, path)
        if not _put(holder, last, patch):
            lost.append(patch)
    return value, lost


def _found(value: Any, path: list[str]) -> Any:
    for part in path:
        if isinstance(value, dict):
            value = value.get(part)
        elif isinstance(value, list) and part.isdigit() and int(part) < len(value):
            value = value[int(part)]
        else:
            return None
    return value


def _put(holder: Any, name: str, patch: Patch) -> bool:
    if isinstance(holder, dict):
        if "value" in patch:
            holder[name] = patch["value"]
        else:
            holder.pop(name, None)
        return True
    if isinstance(holder, list) and name.isdigit() and int(name) < len(holder) and "value" in patch:
        holder[int(name)] = patch["value"]
        return True
    return False


def _escaped(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")


def _unescaped(part: str) -> str:
    return part.replace("~1", "/").replace("~0", "~")
