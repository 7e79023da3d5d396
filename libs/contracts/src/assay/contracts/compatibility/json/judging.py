"""Whether every value of one JSON Schema is one of another, by the tables in docs/reference/compatibility.md.

A schema is a set of parts that all have to hold. The reader takes what was written if each of its parts does, and a
part does if some part of the writer's schema says so.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace
from typing import Any

from assay.contracts.compatibility.findings import Break, Sample, Warned, joined, lifted
from assay.contracts.compatibility.json.arrays import array_breaks
from assay.contracts.compatibility.json.choices import unmatched
from assay.contracts.compatibility.json.documents import Schema
from assay.contracts.compatibility.json.objects import object_breaks
from assay.contracts.compatibility.json.plain import IGNORED, plain_breaks
from assay.contracts.compatibility.json.shapes import TYPES, Part, Parts, types_of
from assay.contracts.compatibility.json.sides import Ask, Context, Pair, Side
from assay.contracts.compatibility.pairs import Budget, Compare, Pairs

__all__ = ["JsonJudgement", "judge_json"]


class JsonJudgement:
    """What a comparison came to: breaks and warnings, and what of it the validator should look at again."""

    def __init__(self, breaks: tuple[Break, ...], context: Context) -> None:
        self.breaks = breaks
        self.warned: tuple[Warned, ...] = tuple(context.warned.values())
        self.is_doubtful = not breaks and context.is_doubtful and not context.is_filled and not context.is_lenient


def judge_json(reader: Parts, writer: Parts, budget: Budget, *, is_lenient: bool = False) -> JsonJudgement:
    """Why the reader can't take all that was written.

    Raises:
        BudgetSpentError: there is no proof within the budget.
    """
    context = Context(is_lenient, budget)
    if reader.document.same_as(writer.document):
        return JsonJudgement((), context)
    rules = _Rules(context)
    pairs = Pairs(rules.compare, lambda ask: (id(ask.reader.schema), id(ask.writer.schema)), budget)
    answer = pairs.answer(Ask(Side(reader, reader.document.root), Side(writer, writer.document.root)))
    return JsonJudgement(answer, context)


class _Rules:
    def __init__(self, context: Context) -> None:
        self._context = context
        self._alone: dict[tuple[int, str], Schema] = {}

    def compare(self, ask: Ask) -> Compare[Ask]:
        schema, way = ask.reader.parts.document.unfolded(ask.reader.schema)
        written, _ = ask.writer.parts.document.unfolded(ask.writer.schema)
        if schema is not ask.reader.schema or written is not ask.writer.schema:
            inner = Ask(Side(ask.reader.parts, schema), Side(ask.writer.parts, written), ask.path + way)
            return lifted((yield inner), way, lambda sample: sample)
        if ask.writer.parts.is_nothing(written) or _is_one(ask):
            return ()
        found: list[Break] = []
        for part in ask.reader.parts.of(schema):
            answer = yield from self._part(part, ask)
            found += lifted(answer, part.step, lambda sample: sample)
        return joined(found)

    def _part(self, part: Part, ask: Ask) -> Compare[Ask]:
        """The breaks of one part; a part that the writer's own parts say something about is read by one of them."""
        if part.kind == "schema":
            return (yield Ask(Side(ask.reader.parts, part.schemas[0]), ask.writer, ask.path + part.step))
        parts = ask.writer.parts.of(ask.writer.schema)
        whole = ask.writer.parts.whole(ask.writer.schema)
        answer = yield from self._direct(part, ask, whole)
        if not answer:
            return ()
        nearest = answer
        for each in parts:
            found = yield from self._through(part, each, ask)
            if found is not None and not found:
                return ()
            nearest = nearest if whole or not found else found
        return nearest

    def _direct(self, part: Part, ask: Ask, written: Schema) -> Compare[Ask]:
        match part.kind:
            case "plain":
                return (yield from self._plain(part.schemas[0], written, ask))
            case "not":
                return (yield from self._not(part, ask))
        return (yield from self._choice(part, ask, written))

    def _through(
        self, part: Part, writer: Part, ask: Ask
    ) -> Generator[Ask, tuple[Break, ...], tuple[Break, ...] | None]:
        """The breaks of the reader's part against one of the writer's; none if that one says nothing about it."""
        if writer.kind == "schema" or (writer.kind in ("anyOf", "oneOf") and part.kind == "plain"):
            found: list[Break] = []
            for schema in writer.schemas:
                alone = Side(ask.reader.parts, self._schema_of(part))
                found += yield Ask(alone, Side(ask.writer.parts, schema), ask.path)
            return _shortened(joined(found), "" if part.kind == "plain" else part.step)
        return None

    def _schema_of(self, part: Part) -> Schema:
        """A part as a schema of its own, the same object always."""
        if part.kind == "plain":
            return part.schemas[0]
        key = (id(part.schemas), part.kind)
        if key not in self._alone:
            value: Any = part.schemas[0] if part.kind == "not" else list(part.schemas)
            self._alone[key] = {part.kind: value}
        return self._alone[key]

    def _plain(self, reader: Schema, writer: Schema, ask: Ask) -> Compare[Ask]:
        if not isinstance(reader, dict):
            sample = self._least(ask.writer)
            return (
                Break("", "json-false", "nothing is read here, and something may be written", "true", sample=sample),
            )
        if not isinstance(writer, dict):
            return ()
        self._look_at_ignored(reader, writer, ask.path)
        whole = ask.reader.parts.whole(ask.reader.schema)
        pair = Pair(self._context, ask.reader.parts, ask.writer.parts, reader, writer, ask.path, whole)
        found = list(plain_breaks(reader, writer, pair.samples))
        kinds = types_of(writer) & types_of(reader) if "type" in reader else types_of(writer)
        if "object" in kinds:
            found += yield from object_breaks(pair)
        if "array" in kinds:
            found += yield from array_breaks(pair)
        return joined(found)

    def _look_at_ignored(self, reader: dict[str, Any], writer: dict[str, Any], path: str) -> None:
        for word in IGNORED:
            if word in reader and reader[word] != writer.get(word):
                message = f"{word} was {'changed' if word in writer else 'added'}; it is not judged"
                self._context.warn(f"{path}/{word}", f"json-{_kebab(word)}-not-judged", message)
                self._context.is_doubtful |= word != "format"

    def _not(self, part: Part, ask: Ask) -> Compare[Ask]:
        refused = Side(ask.reader.parts, part.schemas[0])
        for each in ask.writer.parts.of(ask.writer.schema):
            if each.kind == "not":
                answer = yield Ask(Side(ask.writer.parts, each.schemas[0]), refused, ask.path)
                if not answer:
                    return ()
        if self._are_apart(ask.writer, refused):
            return ()
        message = "what `not` refuses may have been written"
        sample = self._least(refused, self._types_left(refused, ask.writer))
        return (Break("", "json-not-widened", message, "a `not` that refuses no more than it did", sample=sample),)

    def _types_left(self, refused: Side, writer: Side) -> list[str]:
        """Types that the reader's `not` refuses and the writer's does not, if any."""
        found = set(_types(refused))
        for each in writer.parts.of(writer.schema):
            if each.kind == "not":
                found -= _types(Side(writer.parts, each.schemas[0]))
        return sorted(found)

    def _choice(self, part: Part, ask: Ask, written: Schema) -> Compare[Ask]:
        readers = tuple(Side(ask.reader.parts, each) for each in part.schemas)
        step = ask.path + part.step
        missing: Side = ask.writer
        for each in ask.writer.parts.of(ask.writer.schema):
            if each.kind == part.kind or (each.kind == "oneOf" and part.kind == "anyOf"):
                writers = tuple(Side(ask.writer.parts, one) for one in each.schemas)
                left = yield from unmatched(readers, writers, step)
                if left is None:
                    self._doubt(part, readers, is_same=list(part.schemas) == list(each.schemas))
                    return ()
                missing = writers[left[0]]
        for reader in readers:
            answer = yield Ask(reader, ask.writer, step)
            if not answer:
                self._doubt(part, readers)
                return ()
        if (split := self._split(written, ask.writer)) and (yield from self._each(split, readers, step)):
            self._doubt(part, readers)
            return ()
        return (self._unread(part, ask, missing),)

    def _each(self, split: list[Side], readers: tuple[Side, ...], path: str) -> Generator[Ask, tuple[Break, ...], bool]:
        """Whether each of the writer's types has a branch."""
        for writer in split:
            for reader in readers:
                answer = yield Ask(reader, writer, path)
                if not answer:
                    break
            else:
                return False
        return True

    def _split(self, written: Schema, writer: Side) -> list[Side]:
        """A schema of several types as one schema for each; none of those that are no such thing."""
        if not isinstance(written, dict) or not isinstance(written.get("type"), list) or len(written["type"]) < 2:
            return []
        sides = []
        for kind in written["type"]:
            key = (id(written), f"type {kind}")
            self._alone.setdefault(key, {**written, "type": kind})
            sides.append(Side(writer.parts, self._alone[key]))
        return sides

    def _doubt(self, part: Part, readers: tuple[Side, ...], *, is_same: bool = False) -> None:
        """The table asks for no proof that branches of oneOf exclude each other."""
        if part.kind == "oneOf" and not is_same and len(readers) <= _MOST_COMPARED:
            apart = (self._are_apart(one, other) for at, one in enumerate(readers) for other in readers[:at])
            self._context.is_doubtful |= not all(apart)
        elif part.kind == "oneOf" and not is_same:
            self._context.is_doubtful = True

    def _are_apart(self, one: Side, other: Side) -> bool:
        types = [_types(each) for each in (one, other)]
        shared = types[0] & types[1]
        return not shared and not ({"integer", "number"} <= types[0] | types[1])

    def _unread(self, part: Part, ask: Ask, missing: Side | None = None) -> Break:
        rule, message = "json-combination-narrowed", f"{part.kind} has no branch for all that may have been written"
        sample = self._least(missing or ask.writer)
        return Break("", rule, message, "the branches as they were, and others beside them", sample=sample)

    def _least(self, side: Side, kinds: list[str] | None = None) -> Sample | None:
        return self._context.samples_of(side.parts).least(side.schema, kinds[0] if kinds else "")


_MOST_COMPARED = 30


def _is_one(ask: Ask) -> bool:
    """Whether both say the same word by word, without a reference that may lead elsewhere: most parts of a schema stay."""
    reader, writer = ask.reader, ask.writer
    if reader.schema != writer.schema or reader.parts.document.draft != writer.parts.document.draft:
        return False
    text = repr(reader.schema)  # 1 is no true here
    return text == repr(writer.schema) and "ef'" not in text


def _types(side: Side) -> frozenset[str]:
    """The types that a schema takes at most."""
    schema = side.parts.document.unfolded(side.schema)[0]
    found = frozenset(TYPES)
    for part in side.parts.of(schema):
        if part.kind == "plain":
            found &= types_of(part.schemas[0])
    return found


def _shortened(found: tuple[Break, ...], step: str) -> tuple[Break, ...]:
    """Breaks of a part on its own: its step is in their paths already."""

    return tuple(replace(each, path=each.path.removeprefix(step)) for each in found)


def _kebab(word: str) -> str:
    return "".join(f"-{each.lower()}" if each.isupper() else each for each in word)
