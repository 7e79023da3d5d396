"""Strings that match a pattern, of the plain kind that contracts are written with."""

from __future__ import annotations

import re
from random import Random

__all__ = ["NotPlainError", "matching"]

_CLASSES = {"d": "0123456789", "w": "abcXYZ019_", "s": " \t", "D": "a-", "W": "- ", "S": "a0"}
_COUNT = re.compile(r"\{(\d+)(?:(,)(\d*))?\}")
_MANY = 3
"""How often a part that may be repeated without end is repeated at most."""

_LONGEST = 1000


class NotPlainError(Exception):
    """A pattern uses more than classes, groups, choices and counts."""


def matching(pattern: str, random: Random) -> str:
    """A string that the pattern matches from its first to its last character.

    Raises:
        NotPlainError: the pattern cannot be followed.
    """
    reader = _Reader(pattern, random)
    try:
        text = reader.choices()
    except IndexError as error:
        raise NotPlainError from error
    if reader.at != len(pattern):
        raise NotPlainError
    return text


class _Reader:
    """Walks through a pattern and makes a text on the way; `at` is the next character."""

    def __init__(self, pattern: str, random: Random) -> None:
        self._pattern, self._random, self.at = pattern, random, 0

    def choices(self) -> str:
        options = [self._sequence()]
        while self._take("|"):
            options.append(self._sequence())
        return self._random.choice(options)

    def _sequence(self) -> str:
        text = ""
        while self.at < len(self._pattern) and self._pattern[self.at] not in "|)":
            start, parts = self.at, [self._part()]
            count = self._count()
            after = self.at
            for _ in range(count - 1):
                self.at = start
                parts.append(self._part())
            self.at = after
            text += "".join(parts[:count])
            if len(text) > _LONGEST:
                raise NotPlainError
        return text

    def _part(self) -> str:
        character = self._next()
        match character:
            case "^" | "$":
                return ""
            case "(":
                return self._group()
            case "[":
                return self._random.choice(self._class())
            case "\\":
                return self._escape()
            case ".":
                return "a"
            case "*" | "+" | "?" | "{":
                raise NotPlainError
        return character

    def _group(self) -> str:
        if self._take("?") and not self._take(":"):
            raise NotPlainError
        text = self.choices()
        if not self._take(")"):
            raise NotPlainError
        return text

    def _class(self) -> str:
        if self._take("^"):
            raise NotPlainError
        members = ""
        while not self._take("]"):
            first = self._next()
            if first == "\\":
                members += self._escape(whole=True)
            elif self._pattern[self.at] == "-" and self._pattern[self.at + 1] != "]":
                self.at += 1
                members += "".join(map(chr, range(ord(first), ord(self._next()) + 1)))
            else:
                members += first
        return members

    def _escape(self, *, whole: bool = False) -> str:
        character = self._next()
        if character.isalnum():
            if character not in _CLASSES:
                raise NotPlainError
            return _CLASSES[character] if whole else self._random.choice(_CLASSES[character])
        return character

    def _count(self) -> int:
        if self._take("?"):
            return self._random.randint(0, 1)
        if self._take("*") or self._take("+"):
            return self._random.randint(1, _MANY)
        found = _COUNT.match(self._pattern, self.at)
        if found is None:
            return 1
        self.at = found.end()
        least = int(found[1])
        most = least if not found[2] else int(found[3]) if found[3] else least + _MANY
        if least > _LONGEST:
            raise NotPlainError
        return self._random.randint(least, min(most, least + _MANY))

    def _take(self, character: str) -> bool:
        taken = self._pattern[self.at : self.at + 1] == character
        self.at += taken
        return taken

    def _next(self) -> str:
        self.at += 1
        return self._pattern[self.at - 1]
