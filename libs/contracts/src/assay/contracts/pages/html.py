"""Pieces of HTML: whatever a contract says is text in them, never markup."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from importlib import resources

__all__ = ["badge", "code", "document", "shown", "table", "text"]

_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
"""Nothing is loaded and nothing runs, whatever a contract has in it."""


def text(said: object) -> str:
    """Anything as text of a page."""
    return html.escape(str(said), quote=True)


def code(said: object) -> str:
    """Anything as it is typed."""
    return f"<code>{text(said)}</code>"


def badge(word: str) -> str:
    """A word that stands out, coloured where it is a known one."""
    return f'<span class="badge {text(word)}">{text(word)}</span>'


def shown(said: object, most: int = 120) -> str:
    """A value, cut where it is long."""
    full = str(said)
    return code(full if len(full) <= most else f"{full[:most]}…")


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of cells that are HTML already; the first cell of a row names it."""
    head = "".join(f"<th>{text(each)}</th>" for each in heads)
    lines = [f'<td class="name">{row[0]}</td>' + "".join(f"<td>{cell}</td>" for cell in row[1:]) for row in rows]
    body = "".join(f"<tr>{line}</tr>\n" for line in lines)
    return f'<div class="wide"><table><tr>{head}</tr>\n{body}</table></div>'


def document(title: str, body: str) -> str:
    """A whole page, with its style inside."""
    style = resources.files("assay.contracts.pages").joinpath("style.css").read_text(encoding="utf-8")
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{text(title)}</title>\n<style>\n{style}</style>\n</head>\n<body>\n<main>\n{body}\n</main>\n</body>\n</html>\n"
    )
