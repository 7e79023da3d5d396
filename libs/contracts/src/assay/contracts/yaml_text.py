"""Plain values as YAML that a person edits: short things on one line, and comments where they belong."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from assay.contracts.document import Pointer

__all__ = ["comment", "yaml_text"]

_WIDTH = 112
_WORD = re.compile(r"[A-Za-z_$/][A-Za-z0-9_./-]*(?: [A-Za-z0-9_./-]+)*|\d{1,4}\.\d{1,4}\.\d{1,4}", re.ASCII)
_MEANS_OTHER = frozenset(("null", "true", "false", "yes", "no", "on", "off", "y", "n"))
_UNSEEN = re.compile("[\x00-\x1f\x7f-\xa0\u2028\u2029\ufeff\ud800-\udfff\ufffe\uffff]")

Comments = Mapping[Pointer, Iterable[str]]


def yaml_text(value: dict[str, Any], comments: Comments | None = None, head: Iterable[str] = ()) -> str:
    """The text of a mapping, with comments above the values they are about, and lines of comment at its head."""
    writer = _Writer(dict(comments or {}))
    return "".join(f"{line}\n" for line in (*(comment(each) for each in head), *writer.mapping(value, (), 0)))


def comment(text: str) -> str:
    """A line of comment: no text ends it early."""
    return f"# {' '.join(_UNSEEN.sub(' ', text).split())}"


class _Writer:
    def __init__(self, comments: dict[Pointer, Iterable[str]]) -> None:
        self._comments = comments
        self._spoken_of = {at[:length] for at in comments for length in range(len(at))}

    def mapping(self, value: Mapping[str, Any], at: Pointer, depth: int) -> list[str]:
        lines: list[str] = []
        for key, each in value.items():
            here = (*at, key)
            lines += self._above(here, depth)
            lines += self._entry(f"{_scalar(key)}:", each, here, depth)
        return lines

    def _entry(self, start: str, value: Any, at: Pointer, depth: int) -> list[str]:
        pad = "  " * depth
        short = f"{pad}{start} {_flow(value)}"
        if (
            not isinstance(value, dict | list)
            or not value
            or (self._is_short(value, at, depth) and len(short) < _WIDTH)
        ):
            return [short]
        if isinstance(value, dict):
            return [f"{pad}{start}", *self.mapping(value, at, depth + 1)]
        return [f"{pad}{start}", *self._sequence(value, at, depth + 1)]

    def _sequence(self, value: list[Any], at: Pointer, depth: int) -> list[str]:
        lines: list[str] = []
        for place, each in enumerate(value):
            here, pad = (*at, place), "  " * depth
            lines += self._above(here, depth)
            short = f"{pad}- {_flow(each)}"
            if isinstance(each, dict) and each and not (self._is_short(each, here, depth) and len(short) < _WIDTH):
                first, *rest = self.mapping(each, here, depth + 1)
                lines += (
                    [f"{pad}- {first.lstrip()}", *rest]
                    if not first.lstrip().startswith("#")
                    else [f"{pad}-", first, *rest]
                )
            elif isinstance(each, list) and each and len(short) >= _WIDTH:
                lines += [f"{pad}-", *self._sequence(each, here, depth + 1)]
            else:
                lines.append(short)
        return lines

    def _above(self, at: Pointer, depth: int) -> list[str]:
        return [f"{'  ' * depth}{comment(each)}" for each in self._comments.get(at, ())]

    def _is_short(self, value: Any, at: Pointer, depth: int) -> bool:
        """Whether it may stand on one line: nothing in it has a comment, and it is no list of mappings at the top."""
        is_outline = depth < 2 and isinstance(value, list) and any(isinstance(each, dict) for each in value)
        return at not in self._spoken_of and not is_outline


def _flow(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_scalar(key)}: {_flow(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_flow, value)) + "]"
    return _scalar(value)


def _scalar(value: object) -> str:
    if isinstance(value, str):
        return value if _is_plain(value) else _quoted(value)
    if isinstance(value, float):
        return _real(value)
    return json.dumps(value)


def _is_plain(text: str) -> bool:
    return _WORD.fullmatch(text) is not None and text.lower() not in _MEANS_OTHER and len(text) < 400


def _quoted(text: str) -> str:
    return _UNSEEN.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(text, ensure_ascii=False))


def _real(value: float) -> str:
    """A number that a contract reads as the same one: at most two digits of exponent."""
    text = repr(value)
    mantissa, _, exponent = text.partition("e")
    if not exponent:
        return text
    return f"{mantissa if '.' in mantissa else mantissa + '.0'}e{int(exponent)}"
