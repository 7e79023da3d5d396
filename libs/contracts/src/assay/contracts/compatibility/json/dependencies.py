"""What has to be there because something else is: `dependencies`, `dependentRequired`, `dependentSchemas`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from assay.contracts.compatibility.findings import MAX_BREAKS, Break, Sample, joined, lifted
from assay.contracts.compatibility.json.sides import Ask, Pair, pointer
from assay.contracts.compatibility.pairs import Compare

__all__ = ["dependency_breaks"]

_WORDS = ("dependencies", "dependentRequired", "dependentSchemas")


def dependency_breaks(pair: Pair) -> Compare[Ask]:
    """What the reader asks for beside a property, and the writer did not."""
    had = {name: value for _, name, value in _listed(pair.writer)}
    found: list[Break] = []
    for word, name, value in _listed(pair.reader):
        if len(found) >= MAX_BREAKS:
            break
        step = f"/{word}{pointer(name)}"
        before = had.get(name)
        if isinstance(value, list):
            found += _names(pair, step, name, value, before)
        elif isinstance(before, dict | bool):
            answer = yield pair.ask(value, before, step)
            found += lifted(answer, step, _beside(pair, name))
        elif not pair.reader_parts.is_all(value):
            message = f"where {name!r} is there, more is asked than was asked of what was written"
            sample = pair.samples.objects(pair.writer, {name: pair.samples.least(_property(pair, name))})
            found.append(Break(step, "json-dependency-added", message, "the dependency left out", sample=sample))
    return joined(found)


def _beside(pair: Pair, name: str) -> Callable[[Sample], Sample | None]:
    """What puts the property that others depend on into a value."""

    def around(sample: Sample) -> Sample | None:
        present = pair.samples.objects(pair.writer, {name: pair.samples.least(_property(pair, name))})
        if present is None or not isinstance(sample.value, dict):
            return None
        return Sample.of({**present.value, **sample.value}, [present, sample])

    return around


def _names(pair: Pair, step: str, name: str, names: list[Any], before: Any) -> list[Break]:
    known = {*(before if isinstance(before, list) else ()), *pair.writer.get("required", ()), name}
    missing = [each for each in names if isinstance(each, str) and each not in known]
    if not missing:
        return []
    rule = "json-dependency-widened" if isinstance(before, list) else "json-dependency-added"
    message = f"where {name!r} is there, {missing[0]!r} is asked for, and may not have been written"
    given = {each: pair.samples.least(_property(pair, each)) for each in (name, *(known - {name}))}
    sample = pair.samples.objects(pair.writer, given)
    return [Break(step, rule, message, f"{missing[0]!r} not asked for", sample=sample)]


def _property(pair: Pair, name: str) -> Any:
    properties = pair.writer.get("properties")
    return properties.get(name, True) if isinstance(properties, dict) else True


def _listed(schema: dict[str, Any]) -> list[tuple[str, str, Any]]:
    maps = ((word, schema[word]) for word in _WORDS if isinstance(schema.get(word), dict))
    return [
        (word, name, each)
        for word, listed in maps
        for name, each in listed.items()
        if isinstance(each, list | dict | bool)
    ]
