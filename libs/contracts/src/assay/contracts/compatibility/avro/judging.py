"""Whether a reader with one Avro schema reads what was written with another, by the rules of schema resolution.

https://avro.apache.org/docs/1.12.0/specification/#schema-resolution; names as Apache's own checker takes them: a type
may move to another namespace, or be known to the reader by an alias.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from assay.contracts.compatibility.avro.samples import Branch, Samples
from assay.contracts.compatibility.avro.types import NAMED, AvroField, AvroType, local
from assay.contracts.compatibility.findings import MAX_BREAKS, Break, Sample, Warned, joined, lifted
from assay.contracts.compatibility.pairs import Budget, Compare, Pairs
from assay.contracts.words import listed

__all__ = ["judge_avro"]

_PROMOTED = {
    "int": ("long", "float", "double"),
    "long": ("float", "double"),
    "float": ("double",),
    "string": ("bytes",),
    "bytes": ("string",),
}
"""What a reader may take the writer's type for."""


_TOLD = 5
"""Symbols and branches that a message names at most."""


class _Ask(NamedTuple):
    reader: AvroType
    writer: AvroType
    path: str


def judge_avro(reader: AvroType, writer: AvroType, budget: Budget) -> tuple[tuple[Break, ...], tuple[Warned, ...]]:
    """Why the reader can't read all that was written, and what it reads that may mean something else.

    Raises:
        BudgetSpentError: there is no proof within the budget.
    """
    rules = _Rules()
    pairs = Pairs(rules.compare, lambda ask: (id(ask.reader), id(ask.writer)), budget)
    return pairs.answer(_Ask(reader, writer, "")), tuple(rules.warned.values())


class _Rules:
    """One rule for each kind of type."""

    def __init__(self) -> None:
        self.warned: dict[str, Warned] = {}
        self._samples = Samples()

    def compare(self, ask: _Ask) -> Compare[_Ask]:
        reader, writer = ask.reader, ask.writer
        if writer.kind == "union":
            return (yield from self._each_branch(ask))
        if reader.kind == "union":
            return (yield from self._some_branch(ask))
        if reader.kind != writer.kind:
            if reader.kind in _PROMOTED.get(writer.kind, ()):
                self._look_at_meaning(ask)
                return ()
            return (self._type_changed(reader, writer),)
        self._look_at_meaning(ask)
        if reader.kind in NAMED and not _same_name(reader, writer):
            return (self._name_changed(reader, writer),)
        match reader.kind:
            case "record":
                return (yield from self._record(ask))
            case "array" | "map":
                return (yield from self._items(ask))
            case "enum":
                return self._enum(reader, writer)
            case "fixed" if reader.size != writer.size:
                message = f"the writer's {writer} has {writer.size} bytes, the reader's {reader.size}"
                passes = f"size {writer.size}, or a new type for the new size"
                return (Break("/size", "avro-size-changed", message, passes, sample=self._samples.least(writer)),)
        return ()

    def _each_branch(self, ask: _Ask) -> Compare[_Ask]:
        found: list[Break] = []
        for place, branch in enumerate(ask.writer.branches):
            answer = yield _Ask(ask.reader, branch, ask.path)
            found += lifted(answer, "", _in_branch(place))
        return joined(found)

    def _some_branch(self, ask: _Ask) -> Compare[_Ask]:
        near: tuple[Break, ...] = ()
        for place, branch in enumerate(ask.reader.branches):
            answer = yield _Ask(branch, ask.writer, f"{ask.path}/{place}")
            if not answer:
                return ()
            if branch.kind == ask.writer.kind and (branch.kind not in NAMED or _same_name(branch, ask.writer)):
                near = lifted(answer, f"/{place}", lambda sample: sample)
        if near:
            return near
        message = f"no branch of the reader's union ({listed(ask.reader.branches[:_TOLD])}) reads {ask.writer}"
        passes = f"a branch {ask.writer} in the union"
        return (Break("", "avro-branch-missing", message, passes, sample=self._samples.least(ask.writer)),)

    def _record(self, ask: _Ask) -> Compare[_Ask]:
        written = {field.name: field for field in ask.writer.fields}
        found: list[Break] = []
        for place, field in enumerate(ask.reader.fields):
            if len(found) >= MAX_BREAKS:
                break
            step = f"/fields/{place}"
            source = _source(field, written)
            if source is None:
                if not field.has_default:
                    found.append(self._without_default(field, step, ask.writer))
                continue
            answer = yield _Ask(field.type, source.type, f"{ask.path}{step}/type")
            found += lifted(answer, f"{step}/type", self._samples.in_record(ask.writer, source.name))
        return joined(found)

    def _items(self, ask: _Ask) -> Compare[_Ask]:
        reader, writer = ask.reader, ask.writer
        assert reader.items is not None  # the parser saw to it
        assert writer.items is not None
        step = "/items" if reader.kind == "array" else "/values"
        answer = yield _Ask(reader.items, writer.items, ask.path + step)
        return lifted(answer, step, _in_list if reader.kind == "array" else _in_map)

    def _enum(self, reader: AvroType, writer: AvroType) -> tuple[Break, ...]:
        known = frozenset(reader.symbols)
        missing = [symbol for symbol in writer.symbols if symbol not in known]
        if not missing or isinstance(reader.default, str):
            return ()
        message = f"the reader's {reader} has no symbol {listed(missing[:_TOLD])}, which may have been written"
        passes = "these symbols kept, or a default for symbols that are not known"
        return (Break("/symbols", "avro-symbol-missing", message, passes, sample=Sample(missing[0])),)

    def _type_changed(self, reader: AvroType, writer: AvroType) -> Break:
        taken = (writer.kind, *_PROMOTED.get(writer.kind, ()))
        message = f"what was written as {writer} is no {reader}"
        sample = self._samples.least(writer)
        return Break(
            "", "avro-type-changed", message, f"a type among {listed(taken)}, or a union with it", sample=sample
        )

    def _name_changed(self, reader: AvroType, writer: AvroType) -> Break:
        message = f"the reader's {reader} is not the writer's {writer}"
        passes = f"the name {writer.name}, or that name among the aliases of {reader.name}"
        return Break("/name", "avro-name-changed", message, passes, sample=self._samples.least(writer))

    def _without_default(self, field: AvroField, step: str, writer: AvroType) -> Break:
        message = f"the field {field.name} is not in what was written, and has no default"
        passes = f"a default for {field.name}, or an alias that is the name of a written field"
        return Break(step, "avro-field-without-default", message, passes, sample=self._samples.least(writer))

    def _look_at_meaning(self, ask: _Ask) -> None:
        if ask.reader.logical != ask.writer.logical:
            was, now = ask.writer.logical or "none", ask.reader.logical or "none"
            message = f"the logical type was {was} and is {now}: the values are read, and may mean something else"
            self.warned.setdefault(ask.path, Warned(ask.path, "avro-logical-type-changed", message))


def _same_name(reader: AvroType, writer: AvroType) -> bool:
    return local(reader.name) == local(writer.name) or writer.name in reader.aliases


def _source(field: AvroField, written: dict[str, AvroField]) -> AvroField | None:
    """The written field that a reader's field takes its value from."""
    return next((written[name] for name in (field.name, *field.aliases) if name in written), None)


def _in_branch(place: int) -> Callable[[Sample], Sample | None]:
    return lambda sample: Sample.of(Branch(place, sample.value), [sample])


def _in_list(sample: Sample) -> Sample | None:
    return Sample.of([sample.value], [sample])


def _in_map(sample: Sample) -> Sample | None:
    return Sample.of({"key": sample.value}, [sample])
