"""The words of a .proto text, without comments (https://protobuf.dev/reference/protobuf/proto3-spec/#lexical_elements)."""

from __future__ import annotations

import re

from google.protobuf.text_encoding import CUnescape

from assay.contracts.errors import SchemaError

__all__ = ["Tokens", "quoted"]

_SPACE = re.compile(r"(?:\s+|//[^\n]*|/\*.*?\*/)+", re.DOTALL)
_TOKEN = re.compile(
    r"""\.?[A-Za-z_][\w.]*|[+-]?(?:0[xX][0-9A-Fa-f]+|\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+)|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|[{}\[\]()<>;,=:/+-]"""
)

_WHOLE = re.compile(r"[+-]?(?:0[xX][0-9A-Fa-f]+|\d+)")


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

    def value(self) -> int | float:
        """A number: a whole one if it is written so and has 64 bits."""
        word = self._next
        if _WHOLE.fullmatch(word) and -(2**63) <= (number := self.number()) < 2**64:
            return number
        try:
            return float(word if _WHOLE.fullmatch(word) else self.take())
        except ValueError:
            raise self.error(f"expected a number, found {word[:40]}") from None

    def text(self) -> str:
        """A string, its quotes taken off."""
        try:
            return self.bytes().decode()
        except UnicodeDecodeError:
            raise self.error("a string that is no UTF-8") from None

    def bytes(self) -> bytes:
        """The bytes of a string, or of several that follow one another."""
        word = self._next
        if word[:1] not in _QUOTES:
            raise self.error(f"expected a string, found {word[:40] or 'the end'}")
        parts = []
        while self._next[:1] in _QUOTES:
            try:
                parts.append(CUnescape(self.take()[1:-1]))
            except (ValueError, OverflowError):
                raise self.error(f"{word[:40]} has an escape that stands for nothing") from None
        return b"".join(parts)

    def skip(self, *ends: str) -> list[str]:
        """Take all words up to one of these outside brackets, which stays."""
        depth, found = 0, []
        while depth or self._next not in ends:
            depth += (self._next in _OPEN) - (self._next in _CLOSE)
            found.append(self.take())
        return found

    def skip_braces(self) -> list[str]:
        """Take a block in braces, or another bracket, with all that is in it."""
        depth, found = 0, []
        while True:
            depth += (self._next in _OPEN) - (self._next in _CLOSE)
            found.append(self.take())
            if not depth:
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


_ESCAPED = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def quoted(text: str) -> str:
    """The string as a word of a .proto text."""
    return f'"{"".join(_ESCAPED.get(each, each if each.isprintable() else _by_bytes(each)) for each in text)}"'


def _by_bytes(character: str) -> str:
    return "".join(f"\\{byte:03o}" for byte in character.encode())


_QUOTES = frozenset("\"'")
_OPEN = frozenset("{[(")
_CLOSE = frozenset("}])")
