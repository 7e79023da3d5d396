"""How promises are watched: patience that can run out, a watermark, times of maintenance, and where data comes from."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from assay.contracts.checks.parts import body_of, custom_at, custom_place
from assay.contracts.document import Document, Pointer
from assay.contracts.errors import Finding
from assay.contracts.formats import event_ms
from assay.contracts.operations import clock_minute, read_patience, read_watermark
from assay.contracts.reading import WINDOW, quality_lines
from assay.contracts.vocabulary import custom

__all__ = ["check_watching"]

_BREACH = "assay.breach"
_DAY_S = 24 * 3600


def check_watching(document: Document) -> Iterator[Finding]:
    """What is said of breaches, the watermark, maintenance and upstream can be meant."""
    yield from _breaches(document)
    yield from _watermark(document)
    listed, at = custom_at(document, "assay.maintenance")
    for place, said in enumerate(listed or []):
        yield from _maintenance(document, said, (*at, place))
    listed, at = custom_at(document, "assay.upstream")
    for place, said in enumerate(listed or []):
        yield from _upstream(document, said, (*at, place))


def _breaches(document: Document) -> Iterator[Finding]:
    general, at = custom_at(document, _BREACH)
    if general and (message := _impatience(general, {})):
        yield document.finding(at, message)
        return
    for holder, place in _holders(document):
        own = custom(holder).get(_BREACH)
        if own is None:
            continue
        here = (*place, *custom_place(holder, _BREACH))
        if "metric" in holder and holder.get("scheduler") != WINDOW:
            message = "nothing measures this line, so assay.breach says nothing; add `scheduler: assay.window`"
            yield document.finding(here, message)
        elif message := _impatience(general or {}, own):
            yield document.finding(here, message)


def _holders(document: Document) -> Iterator[tuple[dict[str, Any], Pointer]]:
    for _, line, place in quality_lines(body_of(document)):
        yield line, ("schema", 0, *place)
    for index, level in enumerate(document.value.get("slaProperties", [])):
        yield level, ("slaProperties", index)


def _impatience(general: dict[str, Any], own: dict[str, Any]) -> str:
    patience = read_patience(general, own)
    if patience.fires_after <= patience.out_of:
        return ""
    return (
        f"firesAfter {patience.fires_after} is above outOf {patience.out_of}; "
        "so many windows are never broken at once: raise outOf, or lower firesAfter"
    )


def _watermark(document: Document) -> Iterator[Finding]:
    said, at = custom_at(document, "assay.watermark")
    watermark = read_watermark(said or {})
    if watermark.delay_s > _DAY_S:
        yield document.finding((*at, "delay"), "windows would close more than a day late; write PT24H at most")
    if not 0 < watermark.idle_s <= _DAY_S:
        yield document.finding((*at, "idle"), "a partition is idle after PT1S at least, and PT24H at most")


def _maintenance(document: Document, said: dict[str, Any], at: Pointer) -> Iterator[Finding]:
    read, form = (
        (clock_minute, "a clock like 02:00") if "weekly" in said else (_instant, "a time like 2026-12-01T00:00:00Z")
    )
    found: list[int] = []
    for name in ("from", "to"):
        try:
            found.append(read(said[name]))
        except ValueError:
            yield document.finding((*at, name), f"{name} is {said[name]!r}; write {form}{_quoted(said)}")
    if len(found) < 2:
        return
    if found[0] == found[1]:
        yield document.finding((*at, "to"), "it ends where it begins; write when it is over")
    elif found[0] > found[1] and "weekly" not in said:
        yield document.finding((*at, "to"), "it ends before it begins; exchange from and to")


def _instant(text: str) -> int:
    if len(text) <= len("2026-12-01"):
        raise ValueError(text)
    datetime.fromisoformat(text.upper())  # the calendar, which the form alone does not know
    return event_ms(text)


def _quoted(said: dict[str, Any]) -> str:
    return ", in quotes" if "weekly" in said else ""


def _upstream(document: Document, said: dict[str, Any], at: Pointer) -> Iterator[Finding]:
    if said.keys() not in ({"namespace", "name"}, {"contract"}):
        message = "an upstream is a contract or a dataset; write {contract: ID}, or {namespace: ..., name: ...}"
        yield document.finding(at, message)
    elif said.get("contract") == document.value["id"]:
        yield document.finding((*at, "contract"), "a contract is not upstream of itself; take it out")
