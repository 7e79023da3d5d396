"""Text that others wrote, shown as it is: no word of it is markup, and none moves the terminal's cursor."""

from __future__ import annotations

from rich.text import Text

__all__ = ["plain"]


def plain(text: str) -> Text:
    """Return the text with a code in place of each character that cannot be seen."""
    return Text("".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in text))
