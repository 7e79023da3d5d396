"""From a draft to a file that lints: what lint refuses is taken out, and said in a comment."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

from assay.contracts.document import Document, Pointer
from assay.contracts.drafts.draft import Draft
from assay.contracts.errors import ContractError, Finding
from assay.contracts.loading import check, lint
from assay.contracts.yaml_text import yaml_text

__all__ = ["Settled", "settled"]

_ROUNDS = 60
_SHOWN = 160


class Settled:
    """The text of a contract that lints, and what the draft said that a contract cannot."""

    __slots__ = ("left_out", "text")

    def __init__(self, text: bytes, left_out: tuple[str, ...]) -> None:
        self.text = text
        self.left_out = left_out


def settled(draft: Draft, head: tuple[str, ...] = ()) -> Settled:
    """The contract of a draft; nothing is dropped without a line about it at the head of the file.

    Raises:
        ContractError: what is left is no contract.
    """
    value, notes, left_out = copy.deepcopy(draft.value), dict(draft.notes), list(draft.left_out)
    for _ in range(_ROUNDS):
        refused = _refused(value)
        if not refused:
            break
        for at, finding in refused:
            left_out.append(_in_words(value, at, finding))
            notes = _taken_out(value, at, notes)
            if len(at) > 1 and at[-2] == "properties":
                _open(value)  # records still have it
    listed = [f"left out: {each}" for each in left_out]
    text = yaml_text(value, notes, (*head, *listed)).encode()
    if findings := lint(text, "<draft>"):
        raise ContractError(findings)
    return Settled(text, tuple(left_out))


def _refused(value: dict[str, Any]) -> list[tuple[Pointer, Finding]]:
    """Where lint finds something, the last place first, so that taking one out moves no other."""
    places = dict(enumerate(_pointers(value, ()), start=1))
    findings = check(Document("<draft>", value, {at: line for line, at in places.items()}))
    found = {places[finding.line]: finding for finding in reversed(findings)}
    if () in found or any(len(at) == 1 and at[0] in _NEEDED for at in found):
        if not any(body.get("properties") for body in value.get("schema", []) if isinstance(body, dict)):
            raise ContractError([Finding("<draft>", 1, "no field is there that a contract can have")])
        raise ContractError([found[at] for at in found if len(at) < 2])
    outermost = [at for at in found if not any(at[:length] in found for length in range(1, len(at)))]
    return sorted(
        ((at, found[at]) for at in outermost), key=lambda each: list(map(str, _padded(each[0]))), reverse=True
    )


_NEEDED = ("apiVersion", "kind", "id", "version", "schema")


def _padded(at: Pointer) -> Iterator[str]:
    return (f"{part:08d}" if isinstance(part, int) else part for part in at)


def _pointers(value: Any, at: Pointer) -> Iterator[Pointer]:
    yield at
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in parts:
        yield from _pointers(each, (*at, key))


def _in_words(value: Any, at: Pointer, finding: Finding) -> str:
    """What is taken out, in whose property, and why."""
    path, found = [], value
    for part in at:
        found = found[part]
        name = found.get("name") or found.get("id") or found.get("property") if isinstance(found, dict) else None
        path.append(str(name or part))
    shown = json.dumps(found, ensure_ascii=False)
    shown = shown if len(shown) <= _SHOWN else f"{shown[:_SHOWN]}…"
    return f"{'/'.join(path)}: {shown}: {finding.message}"


def _taken_out(value: Any, at: Pointer, notes: dict[Pointer, list[str]]) -> dict[Pointer, list[str]]:
    """Take a place out of the value, with what is empty then; return the notes with their places as they are then."""
    *path, last = at
    holder = value
    for part in path:
        holder = holder[part]
    del holder[last]
    kept = {place: each for place, each in notes.items() if place[: len(at)] != at}
    if isinstance(last, int):
        kept = {_moved(place, at): each for place, each in kept.items()}
    return kept if holder or not path else _taken_out(value, tuple(path), kept)


def _open(value: dict[str, Any]) -> None:
    """Let records have properties that the contract does not name."""
    listed = value.setdefault("customProperties", [])
    if all(each.get("property") != "assay.openness" for each in listed):
        listed.append({"property": "assay.openness", "value": "open"})


def _moved(place: Pointer, gone: Pointer) -> Pointer:
    depth = len(gone) - 1
    here, last = place[depth] if len(place) > depth else None, gone[depth]
    if place[:depth] != gone[:depth] or not isinstance(here, int) or not isinstance(last, int) or here < last:
        return place
    return (*place[:depth], here - 1, *place[depth + 1 :])
