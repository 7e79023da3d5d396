"""What changed from one version of a contract to the next, for whom, and who must agree."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from assay.contracts.compatibility import Mode
from assay.contracts.diff.change import Change, ChangeClass, Exhibit
from assay.contracts.diff.rulings import REVIEW, Ruling
from assay.contracts.diff.table import DEFAULT_MODE, row_of
from assay.contracts.diff.tree import THRESHOLD, Edit, Path, edits, shape, told, tree
from assay.contracts.diff.wire import WireBreak, wire_breaks
from assay.contracts.document import Document, parse
from assay.contracts.loading import load
from assay.contracts.model import Contract, Party
from assay.contracts.vocabulary import custom

__all__ = ["diff", "mode_of"]

_NOT_A_CHANGE = ("version",)
_FLOWS = ("customProperties", "assay.recovery", "flows")
_NONE: dict[str, list[dict[str, str]]] = {"flows": []}


@dataclass(frozen=True, slots=True)
class _Place:
    """One place that changed, and what it is."""

    path: Path
    edit: Edit | None
    ruling: Ruling
    exhibits: tuple[Exhibit, ...] = ()


def diff(before: Contract | bytes, after: Contract | bytes, earlier: Sequence[Contract] = ()) -> tuple[Change, ...]:
    """Every change from one version to the next, the gravest first; the version itself is none.

    `earlier` are the versions before `before`, oldest first, which count where `assay.compatibility` is transitive.
    What is promised, and to whom, is what the version before says: a change can't excuse itself.

    Raises:
        ContractError: one of them does not lint.
    """
    was = load(before) if isinstance(before, bytes) else before
    now = load(after) if isinstance(after, bytes) else after
    documents = parse(was.text, was.id), parse(now.text, now.id)
    breaks = wire_breaks(now, (*earlier, was), _mode(documents[0]))
    places = _with_breaks(list(_ruled(*documents)), breaks)
    found = [_change(was, place) for place in places]
    return tuple(sorted(found, key=lambda change: (-change.kind.gravity, change.path)))


def mode_of(contract: Contract) -> Mode:
    """What new versions of a contract must keep."""
    return _mode(parse(contract.text, contract.id))


def _mode(document: Document) -> Mode:
    return Mode(custom(document.value).get("assay.compatibility", DEFAULT_MODE))


def _ruled(was: Document, now: Document) -> Iterable[_Place]:
    trees = [tree(each.value) for each in (was, now)]
    for edit in edits(trees[0], trees[1], lambda path: row_of(shape(path)) is not None):
        if edit.path == _NOT_A_CHANGE:
            continue
        row = row_of(shape(edit.path))
        judged = edit
        if row is not None and row.absent is not None:
            judged = replace(edit, before=_or(edit.before, row.absent), after=_or(edit.after, row.absent))
        if judged.before != judged.after:
            yield _Place(edit.path, judged, row.judge(judged) if row else REVIEW.saying("no rule knows this place"))
    yield from _reordered(was, now)


def _reordered(was: Document, now: Document) -> Iterable[_Place]:
    """Recovery flows in another order, which no tree shows: the first that repairs a record is the one that counts."""
    before, after = ([flow["id"] for flow in custom(each.value).get(_FLOWS[1], _NONE)["flows"]] for each in (was, now))
    kept = [[name for name in each if name in before and name in after] for each in (before, after)]
    if kept[0] != kept[1]:
        edit = Edit(_FLOWS, kept[0], kept[1], {}, {})
        yield _Place(_FLOWS, edit, REVIEW.saying("the flow that comes first has its turn first"))


def _or(value: object, absent: object) -> object:
    if value is None:
        return list(absent) if isinstance(absent, tuple) else absent
    return value


def _with_breaks(places: list[_Place], breaks: Iterable[WireBreak]) -> list[_Place]:
    """The places, each with what the schemas show there; a break at none of them is a place of its own."""
    found = list(places)
    for each in breaks:
        near = [number for number, place in enumerate(found) if _is_near(place.path, each.place)]
        if near:
            best = max(near, key=lambda number: _fit(found[number], each))
            found[best] = _shown(found[best], each)
        elif each.breaks_reading:
            ruling = Ruling(ChangeClass.BREAKING_WIRE, "follows from the rest of what was changed")
            found.append(_Place(("schema", *each.place), None, ruling, (each.exhibit,)))
    return found


def _shown(place: _Place, found: WireBreak) -> _Place:
    ruling = place.ruling
    if found.breaks_reading and ruling.kind is not ChangeClass.BREAKING_WIRE:
        ruling = Ruling(ChangeClass.BREAKING_WIRE, "the schemas do not fit any more")
    is_new = all(
        (each.direction, each.rule, each.path) != (found.exhibit.direction, found.exhibit.rule, found.exhibit.path)
        for each in place.exhibits
    )
    return replace(place, ruling=ruling, exhibits=(*place.exhibits, found.exhibit) if is_new else place.exhibits)


def _is_near(path: Path, of: Path) -> bool:
    """Whether a change is at a property, in it, or around it."""
    if path[:1] != ("schema",):
        return path in ((), ("customProperties", "assay.topics", "format")) and not of
    inner = path[1:]
    if not of:
        return inner in ((), ("name",))
    return inner[: len(of)] == of or (bool(inner) and of[: len(inner)] == inner)


_WORDS = {
    "required": ("required", "null", "default"),
    "enum": ("values-removed",),
    "logicalType": ("type", "branch", "kind", "scalar"),
}


def _fit(place: _Place, found: WireBreak) -> tuple[int, int]:
    """How well a change explains a break: by the keyword that both are about, then by its gravity."""
    words = f"{found.exhibit.rule} {found.exhibit.message}"
    keyword = next((each for each in reversed(place.path) if each in _WORDS), "")
    last = place.path[-1].lower() if place.path else ""
    fits = 2 if keyword == "required" and "null" in words else 0
    fits += any(word in words for word in _WORDS.get(keyword, ())) or last in found.exhibit.rule.replace("-", "")
    return fits, place.ruling.kind.gravity


def _change(was: Contract, place: _Place) -> Change:
    kind = place.ruling.kind
    concerned = _concerned(was, place.path)
    consumers = concerned if kind.needs_approval else ()
    owner = was.owner if kind.gravity >= ChangeClass.PRODUCER_TIGHTENING.gravity else None
    return Change(
        contract=was.id,
        path="/".join(name.replace("~", "~0").replace("/", "~1") for name in place.path),
        kind=kind,
        before=_told(place.path, place.edit.before) if place.edit else None,
        after=_told(place.path, place.edit.after) if place.edit else None,
        bump=place.ruling.bump,
        says=place.ruling.says,
        consumers=consumers,
        owner=owner,
        told=concerned if kind is ChangeClass.REVIEW else (),
        exhibits=place.exhibits,
    )


def _told(path: Path, value: object) -> object:
    return told({path[-1]: value}) if path[-1] == THRESHOLD else told(value)


def _concerned(was: Contract, path: Path) -> tuple[Party, ...]:
    """The consumers that read what is at a path; a consumer's own entry is about that consumer alone."""
    if path[:2] == ("customProperties", "assay.consumers") and len(path) > 2:
        return tuple(each for each in was.consumers if each.id == path[2])
    if path[:2] == ("schema", "properties") and len(path) > 2:
        return tuple(each for each in was.consumers if "*" in each.reads or path[2] in each.reads)
    return was.consumers
