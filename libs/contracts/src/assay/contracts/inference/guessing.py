"""From what values have in common to a property of a draft; each guess says what it stands on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from assay.contracts.drafts.draft import DraftField
from assay.contracts.inference.column import Column, Run
from assay.contracts.inference.looks import PERSONAL_LOOKS, is_personal_name, is_personal_value
from assay.contracts.types import MAX_DIGITS

__all__ = ["ENOUGH", "guessed", "is_map"]

ENOUGH = 20
"""Records from which on a guess is made about all of them."""

_SHARE = 0.98
"""Values that must look alike: the rest may be bad records."""

_MOST_LISTED, _MOST_LEVELS, _MANY_NAMES = 16, 14, 40
_MOMENTS: dict[str, dict[str, Any]] = {
    "timestamp": {"logicalType": "timestamp"},
    "date": {"logicalType": "date"},
    "local timestamp": {"logicalType": "timestamp", "logicalTypeOptions": {"timezone": False}},
    "time": {"logicalType": "time"},
    "timestamp yyyy-MM-dd HH:mm:ss": {
        "logicalType": "timestamp",
        "logicalTypeOptions": {"timezone": False, "format": "yyyy-MM-dd HH:mm:ss"},
    },
    **{
        f"date {form}": {"logicalType": "date", "logicalTypeOptions": {"format": form}}
        for form in ("dd.MM.yyyy", "yyyy/MM/dd", "MM/dd/yyyy")
    },
}
_CLASSES = {"upper": "[A-Z]", "lower": "[a-z]", "digit": "[0-9]"}

_RANGES = frozenset(
    ((0, 1), (0, 6), (0, 10), (0, 23), (0, 59), (0, 100), (1, 5), (1, 7), (1, 10), (1, 12), (1, 24), (1, 31), (1, 60))
)
"""Ranges that end where they do for a reason; any other may only be what was seen so far."""

_LONG = 1_000_000

_SPECIAL = re.compile(r"[\\^$.|?*+()\[\]{}/]")

Schema = dict[str, Any]


def guessed(name: str, column: Column, depth: int = 0) -> DraftField | None:
    """The property of a column; None where it never had a value."""
    if not column.present:
        return None
    personal = _personal(name, column)
    made = _typed(name, column, depth, is_personal=bool(personal))
    if personal:
        made.source["classification"] = "restricted"
        made.notes.append(f"{personal}, so nothing of its values is shown here")
    made.source = {"name": name, **made.source}
    if column.present == column.seen:
        made.source["required"] = True
        made.notes.insert(0, f"there in all {column.seen:,}")
    else:
        made.notes.insert(0, f"there in {column.present:,} of {column.seen:,}")
    made.notes = [f"guess: {'; '.join(made.notes)}"]
    return made


def _personal(name: str, column: Column) -> str:
    """Why a field looks like one that belongs to a person; nothing if it does not."""
    for look, words in PERSONAL_LOOKS.items():
        if column.looks[look] * 2 > column.kinds["string"] > 0:
            return f"looks like {words}"
    is_held = column.kinds["object"] + column.kinds["array"] == column.present
    return "is named like something personal" if is_personal_name(name) and not is_held else ""


def _typed(name: str, column: Column, depth: int, *, is_personal: bool) -> DraftField:
    kinds = column.kinds
    kind = "number" if kinds["number"] and kinds["number"] + kinds["integer"] == column.present else ""
    kind = kind or kinds.most_common(1)[0][0]
    match kind:
        case "string":
            made = _text(column, is_personal=is_personal)
        case "integer":
            made = _whole(column, is_personal=is_personal)
        case "object":
            made = _object(column, depth)
        case "array":
            made = _array(name, column, depth)
        case "number":
            is_positive = (column.least or 0) >= 0 and column.seen >= ENOUGH and not is_personal
            least = {"logicalTypeOptions": {"minimum": 0}} if is_positive else {}
            made = DraftField({"logicalType": "number"} | least, ["none is below zero"] if least else [])
        case _:
            made = DraftField({"logicalType": kind})
    others = column.present - kinds[kind] - (kinds["integer"] if kind == "number" else 0)
    if others:
        made.notes.append(f"{kind}; {others:,} of {column.present:,} are something else, and would be refused")
    return made


def _text(column: Column, *, is_personal: bool) -> DraftField:
    texts = column.kinds["string"]
    looks = [name for name, count in column.looks.items() if count >= _SHARE * texts]
    if moment := next((name for name in looks if name in _MOMENTS), ""):
        return DraftField(dict(_MOMENTS[moment]), [_like(moment, column.looks[moment], texts)])
    if is_personal:
        source = {"logicalType": "string"} | ({"logicalTypeOptions": {"format": "email"}} if "email" in looks else {})
        return DraftField(source)
    for look in ("uuid", "uri"):
        if look in looks:
            source = {"logicalType": "string", "logicalTypeOptions": {"format": look}}
            return DraftField(source, [_like(look, column.looks[look], texts)])
    if "decimal" in looks and column.looks["decimal"] == texts:
        precision = min(MAX_DIGITS, max(18, column.digits + column.scale))
        source = {"logicalType": "number", "physicalType": f"DECIMAL({precision},{column.scale})"}
        return DraftField(source, [f"a decimal written as text, {column.scale} digits after the point at most"])
    if listed := _listed(column, texts):
        return DraftField({"logicalType": "string"} | listed, [f"{len(column.values)} values in {texts:,}"])
    if pattern := _pattern(column, texts):
        note = f"all {texts:,} are built like this"
        return DraftField({"logicalType": "string", "logicalTypeOptions": {"pattern": pattern}}, [note])
    return DraftField({"logicalType": "string"})


def _like(look: str, count: int, texts: int) -> str:
    kind = look if look == "local timestamp" else look.partition(" ")[0]
    others = "" if count == texts else "; the others would be refused"
    return f"{count:,} of {texts:,} look like a {kind}{others}"


def _listed(column: Column, count: int) -> Schema:
    """The values as a list, where there are few and each came again and again; one value alone may be anyone's."""
    values = column.values
    is_short = 1 < len(values) <= _MOST_LISTED and not column.has_more_values and len(column.kinds) == 1
    if is_short and any(is_personal_value(str(each)) for each in values):
        return {}
    if not is_short or count < 2 * ENOUGH or len(values) * 10 > count or min(values.values()) < 2:
        return {}
    return {"enum": [{"value": each} for each in sorted(values)]}


def _pattern(column: Column, texts: int) -> str:
    """How an identifier is built: not prose, not numbers alone of any length, and many different ones."""
    runs = column.runs
    if not runs or texts < ENOUGH or len(column.hashes) < ENOUGH or not any(run.of == "digit" for run in runs):
        return ""
    if any(run.of == " " for run in runs) or sum(run.of in ("upper", "lower") for run in runs) > 3:
        return ""
    return f"^{''.join(_part(run) for run in runs)}$"


def _part(run: Run) -> str:
    if run.of not in _CLASSES:
        return _SPECIAL.sub(lambda found: f"\\{found[0]}", run.text or run.of)
    if run.text is not None and run.of != "digit":
        return run.text
    count = f"{{{run.least}}}" if run.least == run.most else "+"
    return _CLASSES[run.of] + count


def _whole(column: Column, *, is_personal: bool) -> DraftField:
    least, most = int(column.least or 0), int(column.most or 0)
    source: Schema = {"logicalType": "integer"}
    if is_personal:
        return DraftField(source)
    notes = list(_moment_in_numbers(least, most))
    if most >= 2**63:
        source["logicalTypeOptions"] = {"format": "u64"}
    elif (least, most) in _RANGES and len(column.hashes) == most - least + 1:
        source["logicalTypeOptions"] = {"minimum": least, "maximum": most}
        notes.append(f"every number from {least:,} to {most:,} was seen, and no other")
    else:
        if least >= 0 and column.seen >= ENOUGH:
            source["logicalTypeOptions"] = {"minimum": int(least == 1)}
        notes.append(f"seen {_between(least, most)}")
    return DraftField(source, notes)


def _between(least: int, most: int) -> str:
    """The bounds in words; a long number may be one person's, so of those only the length is told."""
    longest = max(abs(least), abs(most))
    if longest < _LONG:
        return f"from {least:,} to {most:,}"
    return f"{'below zero and above' if least < 0 < most else 'numbers'}, of up to {len(str(longest))} digits"


def _moment_in_numbers(least: int, most: int) -> Iterator[str]:
    for unit, factor in (("seconds", 1), ("milliseconds", 1_000), ("microseconds", 1_000_000)):
        if 946_684_800 * factor <= least and most <= 4_102_444_800 * factor:
            yield f"may be {unit} since 1970; an event time is a timestamp, as text"


def _object(column: Column, depth: int) -> DraftField:
    if depth >= _MOST_LEVELS or not column.fields:
        return DraftField({"logicalType": "object"}, ["an object of anything"])
    if is_map(column):
        return _map(column, depth)
    listed = [made for name, each in column.fields.items() if (made := guessed(name, each, depth + 1))]
    made = DraftField({"logicalType": "object"} | ({"properties": [each.source for each in listed]} if listed else {}))
    for place, each in enumerate(listed):
        made.inside |= each.at("properties", place).inside
    return made


def is_map(column: Column) -> bool:
    """Whether the names are data: one looks personal, or they are very many and each in few of the objects."""
    if column.has_more_fields or any(map(is_personal_value, column.fields)):
        return True
    rare = sum(each.present * 4 < column.kinds["object"] for each in column.fields.values())
    return len(column.fields) >= _MANY_NAMES and rare * 10 >= len(column.fields) * 9


def _map(column: Column, depth: int) -> DraftField:
    kinds = {kind for each in column.fields.values() for kind in each.kinds}
    kind = next(iter(kinds)) if len(kinds) == 1 else "number" if kinds == {"integer", "number"} else ""
    if kind in ("", "object", "array") or depth >= _MOST_LEVELS:
        return DraftField({"logicalType": "object"}, [f"an object of anything; {len(column.fields):,} names were seen"])
    entry = {"key": {"logicalType": "string"}, "value": {"logicalType": kind, "required": False}}
    return DraftField({"logicalType": "map", "map": entry}, [f"a map; {len(column.fields):,} names were seen"])


def _array(name: str, column: Column, depth: int) -> DraftField:
    inner = guessed(name, column.items, depth + 1) if column.items and depth < _MOST_LEVELS else None
    if inner is None:
        return DraftField({"logicalType": "array"}, ["a list of anything"])
    is_required = inner.source.pop("required", False)
    inner.source.pop("name")
    if not is_required:
        inner.source["required"] = False
    return DraftField({"logicalType": "array", "items": inner.source}, [], inner.at("items").inside)
