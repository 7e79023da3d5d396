"""A message in HTML, for mail: with a small drawing of the newest windows that every mail program shows. Pure."""

from __future__ import annotations

import html as escaping
from collections.abc import Iterator

from assay.alerts.messages.layout import Part, Sort, parts, pictured
from assay.alerts.messages.message import Message
from assay.alerts.messages.sparkline import heights

__all__ = ["html"]

BODY = "font-family:sans-serif;font-size:14px;line-height:1.45;color:#1a1a1a;max-width:44rem"
LABEL = "padding:2px 14px 2px 0;color:#666;vertical-align:top;white-space:nowrap"
CODE = "font-family:monospace;background:#f3f3f3;padding:2px 6px"
HEIGHT_PX, WIDTH_PX = 40, 8
BAR, LIMIT, GAP = "#c0392b", "#1a1a1a", "#ffffff"
SMALL = "color:#666;font-size:12px"


def html(message: Message) -> str:
    """Return a fragment without scripts, styles from elsewhere or pictures to fetch; a mail shows it as it is."""
    return "\n".join((f'<div style="{BODY}">', *_inner(message), "</div>"))


def _inner(message: Message) -> Iterator[str]:
    yield f'<p style="font-size:16px"><strong>{_text(message.title)}</strong></p>'
    yield '<table style="border-collapse:collapse">'
    for part in parts(message):
        yield _row(part.label, _cell(part, message))
    yield "</table>"


def _cell(part: Part, message: Message) -> str:
    match part.sort:
        case Sort.PICTURE:
            return _drawing(message)
        case Sort.STEP:
            return f'<code style="{CODE}">{_text(part.text)}</code>'
        case Sort.LINK:
            return f'<a href="{_text(part.text)}">{_text(part.text)}</a>'
    return _text(part.text)


def _row(label: str, cell: str) -> str:
    return f'<tr><td style="{LABEL}">{_text(label)}</td><td style="padding:2px 0">{cell}</td></tr>'


def _drawing(message: Message) -> str:
    """Bars as cells of a table: mail programs that drop SVG and pictures show them; a reader aloud gets the words.

    The dark bar at the end is the limit.
    """
    values = [(value, BAR) for value in heights(message.spark, message.limit)]
    if message.limit is not None:
        values += [(0.0, GAP), *((value, LIMIT) for value in heights((message.limit,), _most(message)))]
    bars = "".join(_bar(value, colour) for value, colour in values)
    said = pictured(message)
    drawn = f'<table role="img" aria-label="{_text(said)}" style="border-collapse:collapse"><tr>{bars}</tr></table>'
    return f'{drawn}<span style="{SMALL}">{_text(said.partition(" ")[2])}</span>'


def _most(message: Message) -> float:
    return max((each for each in message.spark if each is not None), default=0.0)


def _bar(share: float | None, colour: str) -> str:
    """A cell with a block in it, at least a line high; a window without a value is empty."""
    height_px = 0 if share is None else max(round(share * HEIGHT_PX), 1)
    block = f'<div style="width:{WIDTH_PX}px;height:{height_px}px;background:{colour}"></div>'
    return f'<td style="height:{HEIGHT_PX}px;padding:0 1px;vertical-align:bottom">{block}</td>'


def _text(text: str) -> str:
    return escaping.escape(text, quote=True)
