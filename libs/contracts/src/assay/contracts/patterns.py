"""Patterns of a contract, which are those of ECMA-262, for an engine that reads some parts of them its own way."""

from __future__ import annotations

import re
from typing import Any

__all__ = ["as_written", "for_engine", "foreign"]

_OTHER = {".": r"[^\n\r\u2028\u2029]", r"\b": r"(?-u:\b)", r"\B": r"(?-u:\B)"}
"""What the engine takes for the end of no line, and for an edge of words, or none, in any alphabet (jsonschema-rs 0.60.3)."""

_TOKEN = re.compile(r"\\.|\[\^?(?:\\.|[^\]\\])*\]|.", re.DOTALL)
_NOT_ECMA = re.compile(r"\(\?[a-zA-Z]*-|\(\?[a-zA-Z]*[sx]|\[\^?\[|&&|--|~~")
"""Parts that the standard does not have, with which a dot may mean something else."""

_FOREIGN = re.compile(
    r"""(?P<foreign>
        \(\?[a-zA-Z-]+\) | \(\?P[<=>]                          # flags, and groups named in another way
        | \\[^\W\dbBcdDfknpPrsStuvwWx_] | \\[<>]                # letters that stand for nothing there
        | \\[bBx]\{ | \\[pP][a-zA-Z]
        | (?:[*+?]|\{\d+(?:,\d*)?\})(?:[*+]|\{\d|\?[*+?])       # a count of a count
    ) | """
    + _TOKEN.pattern,
    re.DOTALL | re.VERBOSE | re.ASCII,
)


def foreign(pattern: str) -> str:
    """The first part of a pattern that ECMA-262 does not have; nothing where it has all of them."""
    return next((found["foreign"] for found in _FOREIGN.finditer(pattern) if found["foreign"]), "")


def for_engine(schema: Any) -> Any:
    """The schema with patterns that mean to the engine what they mean in ECMA-262."""
    if isinstance(schema, list):
        return [for_engine(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        name: _respelled(each) if name == "pattern" and isinstance(each, str) else for_engine(each)
        for name, each in schema.items()
    }


def as_written(pattern: str) -> str:
    """The pattern as the contract has it."""
    for part, other in _OTHER.items():
        pattern = pattern.replace(other, part)
    return pattern


def _respelled(pattern: str) -> str:
    if _NOT_ECMA.search(pattern):
        return pattern
    return "".join(_OTHER.get(token, token) for token in _TOKEN.findall(pattern))
