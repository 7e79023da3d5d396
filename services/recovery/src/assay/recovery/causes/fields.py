"""Causes that lie in one field: renamed, gone, of another type, unit or spelling. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

from assay.contracts import Contract, Violation
from assay.contracts.explain import LIMITS
from assay.recovery.causes.case import Case, Cause, Kind
from assay.recovery.causes.versions import changes_at, field_at, fits

__all__ = ["field_cause"]

ALIKE = 0.6
AHEAD = 0.1
FAR = ("10 to ", "100 to ", "1000 to ", "1000000 or ")
"""How a number begins that is at least ten times its bound."""

_BOUNDS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")


def field_cause(case: Case) -> Cause | None:
    """The likely cause of a failure of reason schema or rule; None where nothing speaks for one."""
    first = case.first
    if first is None:
        return None
    cause = _renamed(case) or _by_rule(case, first)
    return cause or _stricter(case, first)


def _by_rule(case: Case, first: Violation) -> Cause | None:
    match first.rule:
        case "required":
            return _missing(case, first)
        case "additionalProperties":
            return _added(case, first)
        case "type":
            return _typed(case, first)
        case "format" | "pattern":
            return _spelled(case, first)
        case "enum":
            return _valued(case, first)
        case rule if rule in _BOUNDS:
            return _scaled(case, first)
    return None


@dataclass(frozen=True, slots=True)
class _Pair:
    """A field that is missing, one that nobody knows in its place, and how alike their names are."""

    gone: str
    came: str
    likeness: float


def _renamed(case: Case) -> Cause | None:
    """A required field is missing and an unknown one of its type is there: the only one, or one of a like name."""
    gone = [each.path for each in case.violations if each.rule == "required" and each.found == "absent"]
    came = [each for each in case.violations if each.rule == "additionalProperties"]
    if case.judged_by is None or case.violations[0].path not in {*gone, *(each.path for each in came)}:
        return None
    best = _best([pair for path in gone for pair in _pairs(case.judged_by, path, came)])
    if best is None:
        return None
    evidence = [f"the two come together, in {case.dead_letters} dead letters"]
    if best.likeness >= ALIKE:
        evidence.append("the names are alike")
    evidence += [f"version {other.version} has {best.came}" for other in case.others if field_at(other, best.came)]
    words = f"{best.gone} is missing, and {best.came} holds a value of its type"
    return Cause(Kind.RENAMED, words, tuple(evidence))


def _best(pairs: list[_Pair]) -> _Pair | None:
    """The only pair, or the one whose names are clearly more alike than those of every other."""
    ranked = sorted(pairs, key=lambda pair: -pair.likeness)
    if len(ranked) < 2:
        return ranked[0] if ranked else None
    is_clear = ranked[0].likeness >= ALIKE and ranked[0].likeness >= ranked[1].likeness + AHEAD
    return ranked[0] if is_clear else None


def _pairs(contract: Contract, gone: str, came: list[Violation]) -> Iterator[_Pair]:
    field = field_at(contract, gone)
    place, _, name = gone.rpartition("/")
    for each in came:
        its_place, _, its_name = each.path.rpartition("/")
        if field is not None and its_place == place and fits(field, each.found):
            yield _Pair(gone, each.path, SequenceMatcher(None, _bare(name), _bare(its_name)).ratio())


def _bare(name: str) -> str:
    return "".join(filter(str.isalnum, name.lower()))


def _missing(case: Case, first: Violation) -> Cause:
    lenient = [each for each in case.others if (field := field_at(each, first.path)) is None or not field.required]
    evidence = (*_counts(case), *(_says(each, first.path) for each in lenient), *_changes(case, first.path))
    if case.judged_by and any(_is_older(each, case.judged_by) for each in lenient):
        words = f"{first.path} is required by version {case.judged_by.version}, and {_absence(first)}"
        return Cause(Kind.STRICTER, words, evidence)
    kind = Kind.NULL if first.found == "null" else Kind.REMOVED
    return Cause(kind, f"{first.path} is required, and {_absence(first)}", evidence)


def _absence(first: Violation) -> str:
    return "null" if first.found == "null" else "not there"


def _says(contract: Contract, path: str) -> str:
    said = "does not require it" if field_at(contract, path) else "has no such field"
    return f"version {contract.version} {said}"


def _added(case: Case, first: Violation) -> Cause:
    having = [f"version {each.version} has it" for each in case.others if field_at(each, first.path)]
    judged = f"version {case.identity.version} does not name {first.path}"
    return Cause(Kind.ADDED, judged, (*_counts(case), *having))


def _typed(case: Case, first: Violation) -> Cause:
    words = f"{first.path} is {_shape(first.found)} where {first.expected} is asked for"
    taking = [
        f"version {each.version} takes that"
        for each in case.others
        if (field := field_at(each, first.path)) and fits(field, first.found)
    ]
    return Cause(Kind.TYPE, words, (*_counts(case), *taking, *_changes(case, first.path)))


def _spelled(case: Case, first: Violation) -> Cause | None:
    """Another spelling is claimed where the values look like a known one, or where versions differ there."""
    look, changes = first.found.partition(", ")[2], _changes(case, first.path)
    if not look and not changes:
        return None
    words = f"{first.path} is {_shape(first.found)} where {first.expected} is asked for"
    return Cause(Kind.FORMAT, words, (*_counts(case), *changes))


def _valued(case: Case, first: Violation) -> Cause | None:
    """A new value is claimed where the others still pass, or where another version lists others."""
    changes = _changes(case, first.path)
    passes = 0 < case.refused < case.records and not case.is_nearly_all
    if not changes and not passes:
        return None
    words = f"{first.path} has a value that is not among those that version {case.identity.version} lists"
    return Cause(Kind.VALUE, words, (*_counts(case), *changes))


def _scaled(case: Case, first: Violation) -> Cause | None:
    """Another unit is claimed where versions differ in it, or where nearly every record is far beyond the bound."""
    changes = _changes(case, first.path)
    if any("assay.unit" in each for each in changes):
        return Cause(Kind.UNIT, f"{first.path} is out of its bounds", tuple(changes))
    far = first.found.partition(", ")[2]
    if not far.startswith(FAR) or not case.is_nearly_all:
        return None
    field = field_at(case.judged_by, first.path) if case.judged_by else None
    unit = f", in {field.unit}" if field and field.unit else ""
    words = f"{first.path} is {far}: {first.expected}{unit}"
    return Cause(Kind.UNIT, words, tuple(_counts(case)))


def _stricter(case: Case, first: Violation) -> Cause | None:
    """The version that judged asks for more than the one before it."""
    changes = _changes(case, first.path)
    if not first.path and case.judged_by is not None:
        older = [each for each in case.others if all(rule.id != first.rule for rule in each.rules)]
        is_rule = any(rule.id == first.rule for rule in case.judged_by.rules)
        if is_rule and older:
            words = f"version {older[0].version} does not have the rule {first.rule}"
            return Cause(Kind.STRICTER, words, tuple(_counts(case)))
        return None
    if changes and first.rule in (*LIMITS, "pattern", "format", "enum"):
        return Cause(Kind.STRICTER, f"{first.path} is held to another {first.rule}", tuple(changes))
    return None


def _changes(case: Case, path: str) -> list[str]:
    """What changed at a path between the version that judged and the others."""
    judged = case.judged_by
    if judged is None or not path:
        return []
    ordered = [(each, judged) if _is_older(each, judged) else (judged, each) for each in case.others]
    return [said for before, after in ordered if (said := changes_at(before, after, path))]


def _is_older(one: Contract, other: Contract) -> bool:
    return _number(one.version) < _number(other.version)


def _number(version: str) -> tuple[int, ...]:
    core = version.partition("-")[0].split(".")
    return tuple(int(part) for part in core if part.isdigit())


def _counts(case: Case) -> list[str]:
    if case.records == 0 or case.refused == 0:
        return []
    whose = f"of {case.identity.producer}" if case.identity.producer else "that came"
    return [f"{case.refused} of {case.records} records {whose} are refused"]


def _shape(found: str) -> str:
    shape, _, look = found.partition(", ")
    article = "an" if shape[:1] in "aeiou" else "a"
    said = shape if shape == "null" else f"{article} {shape}"
    return f"{said} that looks like {look}" if look else said
