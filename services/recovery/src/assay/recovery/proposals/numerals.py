"""The ways in which people write numbers. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

__all__ = ["NUMERALS", "PLAIN", "Numeral"]

MAX_LENGTH = 64


@dataclass(frozen=True, slots=True)
class Numeral:
    """Numbers with this sign before the fraction, and this one between groups of three digits."""

    decimal: str
    thousands: str = ""
    _pattern: re.Pattern[str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        grouped = f"[0-9]{{1,3}}(?:{re.escape(self.thousands)}[0-9]{{3}})+|" if self.thousands else ""
        pattern = f"-?(?:{grouped}[0-9]+)(?:{re.escape(self.decimal)}[0-9]+)?"
        object.__setattr__(self, "_pattern", re.compile(pattern))

    @property
    def said(self) -> Mapping[str, object]:
        """What the step `parse` says of it."""
        return {"decimal": self.decimal} | ({"thousands": self.thousands} if self.thousands else {})

    @property
    def name(self) -> str:
        """How it looks."""
        return f"a number like 1{self.thousands}234{self.decimal}5"

    def read(self, text: str) -> Decimal | None:
        """The number that a text is, None where it is not written so."""
        if len(text) > MAX_LENGTH or not self._pattern.fullmatch(text):
            return None
        whole = text.replace(self.thousands, "") if self.thousands else text
        return Decimal(whole.replace(self.decimal, "."))


NUMERALS = tuple(
    Numeral(decimal, thousands)
    for decimal, thousands in ((",", ""), (".", ","), (",", "."), (".", " "), (",", " "), (".", "'"), (",", "'"))
)
"""All but JSON's own way, the simplest first."""

PLAIN = Numeral(".")
"""JSON's own way."""
