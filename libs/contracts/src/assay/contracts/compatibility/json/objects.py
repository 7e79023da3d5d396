"""Properties: what is open, closed or partly open, what is required, and what depends on what."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import Any, NamedTuple

from assay.contracts.compatibility.findings import MAX_BREAKS, Break, Sample, joined, lifted
from assay.contracts.compatibility.json.dependencies import dependency_breaks
from assay.contracts.compatibility.json.documents import Schema, matches
from assay.contracts.compatibility.json.samples import FRESH, text_of
from assay.contracts.compatibility.json.shapes import TYPES, Parts, kind_of, types_of
from assay.contracts.compatibility.json.sides import Ask, Pair, pointer
from assay.contracts.compatibility.pairs import Compare

__all__ = ["object_breaks"]

Properties = dict[str, Schema]

_REST = ("additionalProperties", "unevaluatedProperties")


class _Model(NamedTuple):
    """What an object may hold: known properties, those that match a pattern, and the rest."""

    properties: Properties
    patterns: Properties
    rest: Schema
    word: str
    is_open: bool
    is_closed: bool
    known: frozenset[str]


def object_breaks(pair: Pair) -> Compare[Ask]:
    """What the reader's keywords of objects refuse of what was written."""
    reader, writer = _model(pair.reader, pair.reader_parts, pair.reader_whole), _model(pair.writer, pair.writer_parts)
    found: list[Break] = list(islice(_required(pair, reader.properties), MAX_BREAKS))
    for name, schema in reader.properties.items():
        if len(found) >= MAX_BREAKS:
            return joined(found)
        if name in writer.properties:
            answer = yield pair.ask(schema, writer.properties[name], f"/properties{pointer(name)}")
            found += lifted(answer, f"/properties{pointer(name)}", pair.in_object(name))
        else:
            found += yield from _added(pair, writer, name, schema)
    for name, schema in writer.properties.items():
        if name not in reader.properties and len(found) < MAX_BREAKS:
            found += yield from _removed(pair, reader, name, schema)
    found += yield from _patterns(pair, reader, writer)
    found += yield from _rest(pair, reader, writer)
    found += yield from dependency_breaks(pair)
    return joined(found)


def _model(schema: dict[str, Any], parts: Parts, whole: Schema = True) -> _Model:
    properties, patterns = _schemas(schema.get("properties")), _schemas(schema.get("patternProperties"))
    word = next((each for each in _REST if isinstance(schema.get(each), dict | bool)), _REST[0])
    rest: Schema = schema.get(word, True)
    is_all = parts.is_all(rest)
    is_open, is_closed = is_all and not patterns, parts.is_nothing(rest) and not patterns
    beside = _schemas(whole.get("properties")) if isinstance(whole, dict) and word == _REST[1] else ()
    return _Model(properties, patterns, rest, word, is_open, is_closed, frozenset(beside))


def _schemas(value: Any) -> Properties:
    return (
        {name: each for name, each in value.items() if isinstance(each, dict | bool)} if isinstance(value, dict) else {}
    )


def _covering(pair: Pair, model: _Model, name: str, *, doubtful: bool) -> list[tuple[Schema, str]]:
    """The schemas that hold for a name that is not listed; where a pattern can't be known, `doubtful` says."""
    pair.context.budget.take(len(model.patterns))
    found = []
    for pattern, each in model.patterns.items():
        matched = matches(pattern, name)
        if matched or (matched is None and doubtful):
            found.append((each, f"/patternProperties{pointer(pattern)}"))
    return found or [(model.rest, f"/{model.word}")]


def _required(pair: Pair, properties: Properties) -> Iterable[Break]:
    had = set(_names(pair.writer.get("required")))
    for place, name in enumerate(_names(pair.reader.get("required"))):
        if name in had:
            continue
        if _has_default(pair.reader_parts, properties.get(name)):
            pair.context.is_filled = True
            continue
        message = f"the property {name!r} is required, and may not have been written"
        passes = f"{name!r} optional, or with a default"
        yield Break(f"/required/{place}", "json-required-added", message, passes, sample=pair.without(name))


def _has_default(parts: Parts, schema: Schema | None) -> bool:
    if not isinstance(schema, dict):
        return False
    unfolded = parts.document.unfolded(schema)[0]
    return "default" in schema or (isinstance(unfolded, dict) and "default" in unfolded)


def _added(pair: Pair, writer: _Model, name: str, schema: Schema) -> Compare[Ask]:
    """A property that the writer's schema does not list: any value may stand there, or none, or some."""
    step = f"/properties{pointer(name)}"
    if writer.is_closed or pair.reader_parts.is_all(schema) or pair.context.is_lenient:
        return ()  # whether it is required is judged with the required ones
    covering = _covering(pair, writer, name, doubtful=False)
    nearest: tuple[Break, ...] = ()
    for each, _ in covering:
        nearest = yield pair.ask(schema, each, step)
        if not nearest:
            return ()
    sample = next((each.sample for each in nearest if each.sample), None) or _other(pair, schema)
    if writer.is_open:
        message = f"the property {name!r} is new, and any value may have been written under that name"
        passes = "{} as its schema, the version before closed, or compatibilityPolicy LENIENT"
        rule = "json-property-added-to-open"
    else:
        message = f"the property {name!r} is new, and what may have been written under that name is not all read"
        passes = "a schema that takes what the version before took under that name, or compatibilityPolicy LENIENT"
        rule = "json-property-added-to-partly-open"
    return (Break(step, rule, message, passes, sample=pair.in_object(name)(sample) if sample else None),)


def _other(pair: Pair, schema: Schema) -> Sample | None:
    """A value of a type that the schema does not take."""
    merged = pair.context.samples_of(pair.reader_parts).merged(schema)
    taken = types_of(False if merged is None else merged)
    values: tuple[object, ...] = (None, "", 0, 0.5, False, [], {})
    return next((Sample(each) for each in values if kind_of(each) in set(TYPES) - taken), None)


def _removed(pair: Pair, reader: _Model, name: str, schema: Schema) -> Compare[Ask]:
    """A property that the reader's schema does not list: its catch-all has to take what was written."""
    if reader.is_open or name in reader.known or pair.context.is_lenient or pair.writer_parts.is_nothing(schema):
        return ()
    found: list[Break] = []
    covering = _covering(pair, reader, name, doubtful=True)
    if reader.patterns and covering[0][0] is reader.rest and not any(word in pair.reader for word in _REST):
        message = f"no pattern holds for the property {name!r}, and nothing says what the rest may be"
        return (
            Break("", "json-property-removed-not-covered", message, f"{name!r} kept, or additionalProperties said"),
        )
    for each, step in covering:
        answer = yield pair.ask(each, schema, step)
        if not answer:
            continue
        sample = next((one.sample for one in answer if one.sample), None) or pair.samples.least(schema)
        shown = pair.in_object(name)(sample) if sample else None
        if reader.is_closed:
            message, passes = (
                f"the property {name!r} may have been written, and is unknown",
                f"{name!r} kept, or {step[1:]} left out",
            )
            found.append(Break(step, "json-property-removed-from-closed", message, passes, sample=shown))
        else:
            message = f"what was written under {name!r} is not all read by what holds for names that are not listed"
            passes = f"{name!r} kept, or a schema there that takes it"
            found.append(Break(step, "json-property-removed-not-covered", message, passes, sample=shown))
    return joined(found)


def _patterns(pair: Pair, reader: _Model, writer: _Model) -> Compare[Ask]:
    found: list[Break] = []
    for pattern, schema in reader.patterns.items():
        step = f"/patternProperties{pointer(pattern)}"
        if pair.reader_parts.is_all(schema):
            continue
        pair.context.budget.take(len(writer.properties))
        for name in (each for each in writer.properties if each in reader.properties):
            if matches(pattern, name) is not False:
                answer = yield pair.ask(schema, writer.properties[name], step)
                found += lifted(answer, step, pair.in_object(name))
        other = writer.patterns.get(pattern, writer.rest)
        answer = yield pair.ask(schema, other, step)
        if answer and not (pattern not in writer.patterns and pair.context.is_lenient):
            name_of = text_of({"pattern": pattern})
            found += lifted(answer, step, pair.in_object(name_of.value) if name_of else None)
    for pattern, schema in writer.patterns.items():
        if pattern not in reader.patterns and not pair.reader_parts.is_all(reader.rest):
            answer = yield pair.ask(reader.rest, schema, f"/{reader.word}")
            message = f"names that match {pattern[:80]} may have been written, and are not all read any more"
            if answer and not pair.context.is_lenient:
                found_name, value = text_of({"pattern": pattern}), pair.samples.least(schema)
                shown = pair.samples.objects(pair.writer, {found_name.value: value}) if found_name and value else None
                rule = "json-pattern-property-removed"
                found.append(Break(f"/{reader.word}", rule, message, "the pattern kept", sample=shown))
    return joined(found)


def _rest(pair: Pair, reader: _Model, writer: _Model) -> Compare[Ask]:
    """Names that neither lists."""
    if pair.reader_parts.is_all(reader.rest):
        return ()
    answer = yield pair.ask(reader.rest, writer.rest, f"/{reader.word}")
    if not answer or (pair.context.is_lenient and pair.writer_parts.is_all(writer.rest)):
        return ()
    if not pair.reader_parts.is_nothing(reader.rest) and not pair.writer_parts.is_all(writer.rest):
        return lifted(answer, f"/{reader.word}", pair.in_object(FRESH))
    sample = next((one.sample for one in answer if one.sample), None) or pair.samples.least(writer.rest)
    message = "properties that are not listed may have been written, and are not all read"
    passes = f"{reader.word} as it was, or compatibilityPolicy LENIENT"
    shown = pair.in_object(FRESH)(sample) if sample else None
    return (Break(f"/{reader.word}", "json-additional-properties-narrowed", message, passes, sample=shown),)


def _names(value: Any) -> list[str]:
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []
