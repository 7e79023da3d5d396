"""Where the records of a contract come from and who reads them, as a drawing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from assay.contracts.model import Contract
from assay.contracts.pages.html import text

__all__ = ["lineage_drawing"]

_WIDTH, _BOX, _HEIGHT, _GAP, _MOST = 900, 240, 46, 14, 40
_COLUMNS = (0, (_WIDTH - _BOX) // 2, _WIDTH - _BOX)
_LETTERS = 32


@dataclass(frozen=True, slots=True)
class _Node:
    name: str
    note: str
    link: str = ""


def lineage_drawing(contract: Contract, others: Mapping[str, Contract]) -> str:
    """The drawing; `others` are other contracts by the name of their page, which boxes of theirs lead to."""
    columns = (_sources(contract, others), [_own(contract)], _readers(contract, others))
    rows = max(map(len, columns))
    height = rows * (_HEIGHT + _GAP) - _GAP
    placed = [_placed(nodes, height) for nodes in columns]
    (_, middle) = placed[1][0]
    lines = [_line(_COLUMNS[0] + _BOX, top, _COLUMNS[1], middle) for _, top in placed[0]]
    lines += [_line(_COLUMNS[1] + _BOX, middle, _COLUMNS[2], top) for _, top in placed[2]]
    boxes = [
        _box(node, left, top, is_own=left == _COLUMNS[1])
        for left, nodes in zip(_COLUMNS, placed, strict=True)
        for node, top in nodes
    ]
    name = text(f"Where {contract.id} comes from and who reads it")
    return (
        f'<div class="lineage"><svg viewBox="-2 -2 {_WIDTH + 4} {height + 4}" role="img" aria-label="{name}">'
        f"{''.join(lines)}{''.join(boxes)}</svg></div>"
    )


def is_upstream(contract: Contract, other: Contract) -> bool:
    """Whether a contract says that its records are made of those of another."""
    return any(each.contract == other.id or each.name == other.topics.validated for each in contract.upstream)


def _sources(contract: Contract, others: Mapping[str, Contract]) -> list[_Node]:
    pages = {each.topics.validated: page for page, each in others.items()}
    own = {each.id: page for page, each in others.items()}
    found = [
        _Node(each.contract, "a contract", own.get(each.contract, ""))
        if each.contract
        else _Node(each.name, each.namespace, pages.get(each.name, ""))
        for each in contract.upstream
    ]
    if not found:
        is_cdc = contract.kind == "cdc"
        found = [_Node("changes of a table", "change data capture") if is_cdc else _Node("apps", "emit events")]
    return _few(found)


def _own(contract: Contract) -> _Node:
    return _Node(contract.id, f"{contract.version}, gives {contract.topics.validated}")


def _readers(contract: Contract, others: Mapping[str, Contract]) -> list[_Node]:
    found = [
        _Node(each.id, "reads all" if "*" in each.reads else f"reads {', '.join(each.reads)}")
        for each in contract.consumers
    ]
    for page, other in others.items():
        if is_upstream(other, contract):
            found.append(_Node(other.id, "a contract made of it", page))
    return _few(found or [_Node("no consumer is named", "assay.consumers")])


def _few(nodes: Sequence[_Node]) -> list[_Node]:
    if len(nodes) <= _MOST:
        return list(nodes)
    return [*nodes[: _MOST - 1], _Node(f"{len(nodes) - _MOST + 1} more", "")]


def _placed(nodes: Sequence[_Node], height: int) -> list[tuple[_Node, int]]:
    """The boxes of a column, in its middle."""
    start = (height - len(nodes) * (_HEIGHT + _GAP) + _GAP) // 2
    return [(node, start + place * (_HEIGHT + _GAP)) for place, node in enumerate(nodes)]


def _line(left: int, top: int, right: int, bottom: int) -> str:
    half, start, end = (left + right) // 2, top + _HEIGHT // 2, bottom + _HEIGHT // 2
    return f'<path d="M{left} {start} C{half} {start} {half} {end} {right} {end}"/>'


def _box(node: _Node, left: int, top: int, *, is_own: bool) -> str:
    inside = "".join(_words(node, left, top, is_own=is_own))
    return f'<a href="{text(node.link)}">{inside}</a>' if node.link else f"<g>{inside}</g>"


def _words(node: _Node, left: int, top: int, *, is_own: bool) -> Iterator[str]:
    yield f"<title>{text(f'{node.name}: {node.note}')}</title>"
    kind = "own" if is_own else "other"
    yield f'<rect class="{kind}" x="{left}" y="{top}" width="{_BOX}" height="{_HEIGHT}" rx="8"/>'
    yield f'<text x="{left + 12}" y="{top + 20}">{text(_cut(node.name, _LETTERS))}</text>'
    yield f'<text class="soft" x="{left + 12}" y="{top + 36}">{text(_cut(node.note, _LETTERS + 6))}</text>'


def _cut(said: str, most: int) -> str:
    return said if len(said) <= most else f"{said[: most - 1]}…"
