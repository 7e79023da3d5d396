"""A YAML file as plain values that remember their lines."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

import yaml

from assay.contracts.errors import ContractError, Finding

__all__ = ["Document", "Pointer", "parse"]

Pointer = tuple[str | int, ...]

_MAX_BYTES = 1024 * 1024
_MAX_DEPTH = 50


class Document:
    """What a file says, and on which line it says it."""

    def __init__(self, file: str, value: dict[str, Any], lines: dict[Pointer, int]) -> None:
        self.file = file
        self.value = value
        self._lines = lines

    def finding(self, pointer: Sequence[str | int], message: str) -> Finding:
        """A finding at the line of a value, or of the nearest value around it that is there."""
        at = tuple(pointer)
        while at and at not in self._lines:
            at = at[:-1]
        return Finding(self.file, self._lines.get(at, 1), message)


def parse(text: bytes, file: str) -> Document:
    """Read a YAML file of one mapping.

    Numbers and booleans are those of YAML 1.2 and dates stay text, so `NO` is a string and so is 2013-01-01.

    Raises:
        ContractError: it is no YAML, no mapping, has a key twice, an alias, or is too large or too deep.
    """
    if len(text) > _MAX_BYTES:
        raise _refusal(file, 0, f"the file has {len(text)} bytes; a contract has at most {_MAX_BYTES}")
    try:
        reader = _Reader(file, text.decode("utf-8-sig"))
        value = reader.document()
    except UnicodeDecodeError as error:
        raise _refusal(file, text[: error.start].count(b"\n"), "the file is not UTF-8; save it as UTF-8") from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = min(mark.line, text.rstrip(b"\n").count(b"\n")) if mark else 0  # the end of a file is on its last line
        raise _refusal(file, line, f"this is not YAML: {error.problem}") from error
    except yaml.YAMLError as error:
        raise _refusal(file, 0, f"this is not YAML: {str(error).splitlines()[0]}") from error
    if reader.findings:
        raise ContractError(reader.findings)
    if not isinstance(value, dict):
        raise _refusal(file, 0, "a contract is a mapping of keys; this is not one")
    return Document(file, value, reader.lines)


def _refusal(file: str, line: int, message: str) -> ContractError:
    return ContractError([Finding(file, line + 1, message)])


def _line(event: yaml.Event) -> int:
    return event.start_mark.line if event.start_mark else 0


_Loader: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The parser of libyaml, which every wheel of PyYAML has: a contract of 500 fields takes 0.1 s instead of 1.4."""


class _Reader:
    """Values of events as they come, with the line of each; a key that cannot be used is a finding."""

    def __init__(self, file: str, text: str) -> None:
        self.file = file
        self.lines: dict[Pointer, int] = {}
        self.findings: list[Finding] = []
        self._text = text
        self._events = self._plain(yaml.parse(text, Loader=_Loader))

    def document(self) -> object:
        """The value of the one document; None if there is none."""
        value, documents = None, 0
        for event in self._events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise _refusal(self.file, _line(event), "a second document; a contract has a file of its own")
                value = self._value(next(self._events), ())
        return value

    def _plain(self, events: Iterator[yaml.Event]) -> Iterator[yaml.Event]:
        """The events, refused at the first that makes a small file large, deep, or other than it reads."""
        depth = 0
        for event in events:
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if isinstance(event, yaml.AliasEvent):
                raise _refusal(self.file, _line(event), "aliases are not read in a contract; write the value out")
            if isinstance(event, yaml.NodeEvent) and self._has_tag(event):
                raise _refusal(self.file, _line(event), "tags are not read in a contract; write the plain value")
            if depth > _MAX_DEPTH:
                raise _refusal(self.file, _line(event), f"more than {_MAX_DEPTH} levels deep")
            yield event

    def _has_tag(self, event: yaml.NodeEvent) -> bool:
        # libyaml keeps quiet about a lone `!`, with which a value starts as nothing else does
        return getattr(event, "tag", None) is not None or (
            event.start_mark is not None and self._text.startswith("!", event.start_mark.index)
        )

    def _value(self, event: yaml.Event, at: Pointer) -> object:
        self.lines.setdefault(at, _line(event) + 1)
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(at)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(at)
        assert isinstance(event, yaml.ScalarEvent)  # aliases are refused
        return str(event.value) if event.style else _scalar(str(event.value))

    def _sequence(self, at: Pointer) -> list[object]:
        listed: list[object] = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            listed.append(self._value(event, (*at, len(listed))))
        return listed

    def _mapping(self, at: Pointer) -> dict[str, object]:
        mapping: dict[str, object] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            line = _line(event)
            if not isinstance(event, yaml.ScalarEvent):
                self._refuse(line, "a key must be a single word")
                self._passed(event)
                self._passed(next(self._events))
                continue
            key = str(event.value)
            if key in mapping:
                first = self.lines[*at, key]
                self._refuse(line, f"key {key!r} is here twice (first on line {first}); keep one")
            self.lines[*at, key] = line + 1
            mapping[key] = self._value(next(self._events), (*at, key))
        return mapping

    def _passed(self, event: yaml.Event) -> None:
        """Leave a value out, with all that is in it."""
        depth = int(isinstance(event, yaml.CollectionStartEvent))
        while depth:
            inner = next(self._events)
            depth += isinstance(inner, yaml.CollectionStartEvent) - isinstance(inner, yaml.CollectionEndEvent)

    def _refuse(self, line: int, message: str) -> None:
        self.findings.append(Finding(self.file, line + 1, message))


_WHOLE = re.compile(r"[-+]?[0-9]{1,60}")
_REAL = re.compile(r"[-+]?(?:[0-9]+\.[0-9]*(?:[eE][-+]?[0-9]{1,2})?|[0-9]+[eE][-+]?[0-9]{1,2})")
_WORDS: dict[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}


def _scalar(text: str) -> str | int | float | bool | None:
    """A plain scalar, as YAML 1.2 reads it; 1.1 reads NO as false and 1:30 as ninety."""
    if text in _WORDS:
        return _WORDS[text]
    if _WHOLE.fullmatch(text):
        return int(text)
    return float(text) if _REAL.fullmatch(text) else text
