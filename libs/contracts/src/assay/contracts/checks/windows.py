"""The text of a window, as messages speak of it."""

from __future__ import annotations

from assay.contracts.window import Window

__all__ = ["window_problem"]


def window_problem(text: object) -> str:
    """What is wrong with the text of a window; nothing if it is one."""
    try:
        Window(str(text))
    except ValueError:
        return f"{text!r} is no window; write P1D for a day, or minutes or hours that divide one, like PT5M"
    return ""
