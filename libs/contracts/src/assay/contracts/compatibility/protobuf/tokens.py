"""The words of a .proto text, without comments (https://protobuf.dev/reference/protobuf/proto3-spec/#lexical_elements)."""

from __future__ import annotations

import re

from assay.contracts.errors import SchemaError

__all__ = ["Tokens"]

_SPACE = re.compile(r"(?:\s+|//[^\n]*|/\*.*?\*/)+", re.DOTALL)
_TOKEN = re.compile(
    r"""\.?[A-Za-z_][\w.]*|[+-]?(?:0[xX][0-9A-Fa-f]+|\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+)|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|[{}\[\]()<>;,=:/+-]"""
)


class Tokens:
    """Reads a text word by word; the end is an empty word."""

    def __init__(self, text: str) -> None:
        self._text, self._at, self._next = text, 0, ""
        self._step()

    @property
    def next(self) -> str:
        """The word that comes."""
        return self._next

    def take(self, expected: str = "") -> str:
        """The word that comes, which must be the expected one if one is.

        Raises:
            SchemaError: it is another, or the end.
        """
        word = self._next
        if not word or (expected and word != expected):
            raise self.error(f"expected {expected or 'more'}, found {word[:40] or 'the end'}")
        self._step()
        return word

    def takes(self, word: str) -> bool:
        """Whether that word comes; if so, it is taken."""
        if self._next != word:
            return False
        self._step()
        return True

    def name(self) -> str:
        """A name, with dots or without."""
        word = self.take()
        if not (word[0].isalpha() or word[0] in "_."):
            raise self.error(f"expected a name, found {word[:40]}")
        return word

    def number(self) -> int:
        """A whole number."""
        word = self.take()
        try:
            return int(word, 0) if not re.fullmatch(r"[+-]?0\d+", word) else int(word, 8)
        except ValueError:
            raise self.error(f"expected a whole number, found {word[:40]}") from None

    def text(self) -> str:
        """A string, its quotes taken off."""
        word = self.take()
        if word[0] not in "\"'":
            raise self.error(f"expected a string, found {word[:40]}")
        return word[1:-1]

    def skip(self, *ends: str) -> list[str]:
        """Take all words up to one of these outside brackets, which stays."""
        depth, found = 0, []
        while depth or self._next not in ends:
            depth += (self._next in _OPEN) - (self._next in _CLOSE)
            found.append(self.take())
        return found

    def error(self, message: str) -> SchemaError:
        """An error with the line that is being read."""
        return SchemaError(f"line {self._text.count(chr(10), 0, self._at) + 1}: {message}")

    def _step(self) -> None:
        if space := _SPACE.match(self._text, self._at):
            self._at = space.end()
        if self._at == len(self._text):
            self._next = ""
            return
        token = _TOKEN.match(self._text, self._at)
        if token is None:
            raise self.error(f"{self._text[self._at]!r} begins no word")
        self._at, self._next = token.end(), token[0]


_OPEN = frozenset("{[(")
_CLOSE = frozenset("}])")
