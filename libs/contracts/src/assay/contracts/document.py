"""A YAML file as plain values that remember their lines."""

from __future__ import annotations

import re
from collections.abc import Sequence
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
    reader = _Reader(file)
    node = _compose(text, file)
    value = reader.value(node, ()) if node else None
    if reader.findings:
        raise ContractError(reader.findings)
    if not isinstance(value, dict):
        raise _refusal(file, 0, "a contract is a mapping of keys; this is not one")
    return Document(file, value, reader.lines)


def _compose(text: bytes, file: str) -> yaml.Node | None:
    """The nodes of a file, refused at the first thing that makes it no plain YAML."""
    if len(text) > _MAX_BYTES:
        raise _refusal(file, 0, f"the file has {len(text)} bytes; a contract has at most {_MAX_BYTES}")
    try:
        words = text.decode("utf-8-sig")
        _check_events(words, file)
        return yaml.compose(words, Loader=_Loader)
    except UnicodeDecodeError as error:
        raise _refusal(file, text[: error.start].count(b"\n"), "the file is not UTF-8; save it as UTF-8") from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise _refusal(file, mark.line if mark else 0, f"this is not YAML: {error.problem}") from error
    except yaml.YAMLError as error:
        raise _refusal(file, 0, f"this is not YAML: {str(error).splitlines()[0]}") from error


def _check_events(text: str, file: str) -> None:
    """Refuse what makes a small file large, deep, or other than it reads."""
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        line = event.start_mark.line if event.start_mark else 0
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if isinstance(event, yaml.AliasEvent):
            raise _refusal(file, line, "aliases are not read in a contract; write the value out")
        if getattr(event, "tag", None):
            raise _refusal(file, line, "tags are not read in a contract; write the plain value")
        if depth > _MAX_DEPTH:
            raise _refusal(file, line, f"more than {_MAX_DEPTH} levels deep")


def _refusal(file: str, line: int, message: str) -> ContractError:
    return ContractError([Finding(file, line + 1, message)])


class _Reader:
    """Values of nodes, with the line of each; a key that cannot be used is a finding."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.lines: dict[Pointer, int] = {}
        self.findings: list[Finding] = []

    def value(self, node: yaml.Node, at: Pointer) -> object:
        self.lines.setdefault(at, node.start_mark.line + 1)
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, at)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(item, (*at, index)) for index, item in enumerate(node.value)]
        return _scalar(node)

    def _mapping(self, node: yaml.MappingNode, at: Pointer) -> dict[str, object]:
        mapping: dict[str, object] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                self._refuse(key_node.start_mark.line, "a key must be a single word")
                continue
            key = str(key_node.value)
            if key in mapping:
                first = self.lines[*at, key]
                self._refuse(key_node.start_mark.line, f"key {key!r} is here twice (first on line {first}); keep one")
            self.lines[*at, key] = key_node.start_mark.line + 1
            mapping[key] = self.value(value_node, (*at, key))
        return mapping

    def _refuse(self, line: int, message: str) -> None:
        self.findings.append(Finding(self.file, line + 1, message))


class _Loader(yaml.SafeLoader):
    """YAML with the plain scalars of its version 1.2; 1.1 reads NO as false and 1:30 as ninety."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012 -- as the base has it


_Loader.add_implicit_resolver("tag:yaml.org,2002:null", re.compile(r"^(?:~|null|Null|NULL|)$"), ["~", "n", "N", ""])
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:bool", re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$"), [*"tTfF"]
)
_Loader.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"^[-+]?[0-9]{1,18}$"), [*"-+0123456789"])
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(r"^[-+]?(?:[0-9]{19,60}|[0-9]+\.[0-9]*(?:[eE][-+]?[0-9]{1,2})?|[0-9]+[eE][-+]?[0-9]{1,2})$"),
    [*"-+0123456789"],
)


def _scalar(node: yaml.Node) -> str | int | float | bool | None:
    text = str(node.value)
    match node.tag.rpartition(":")[2]:
        case "null":
            return None
        case "bool":
            return text.lower() == "true"
        case "int":
            return int(text)
        case "float":
            return int(text) if text.lstrip("+-").isdigit() else float(text)
    return text
