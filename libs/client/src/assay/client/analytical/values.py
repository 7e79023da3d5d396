"""What of the values of Python can be logged: as a double, as a text in UTF-8."""

from __future__ import annotations

from typing import SupportsFloat, SupportsIndex

__all__ = ["is_text", "real"]

_NUMBERS = (float, int, SupportsFloat, SupportsIndex)
"""Texts and bytes are neither of these."""


def real(value: object) -> float | None:
    """A number as a double; None of what is no number, or of one that no double can be."""
    if type(value) is float:
        return value
    if not isinstance(value, _NUMBERS):
        return None
    try:
        return float(value)
    except (TypeError, ValueError, ArithmeticError, RuntimeError):  # as many kinds as there are libraries of arrays
        return None


def is_text(value: object) -> bool:
    """Whether it is a text, and none with half a character in it."""
    if not isinstance(value, str):
        return False
    if value.isascii():
        return True
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
