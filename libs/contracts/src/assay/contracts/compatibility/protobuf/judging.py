"""Whether a reader with one .proto file reads what was written with another, by numbers; names are free but for messages.

The rules are in docs/reference/compatibility.md, with what Protobuf itself promises
(https://protobuf.dev/programming-guides/proto3/#updating).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from google.protobuf.descriptor_pb2 import DescriptorProto, FieldDescriptorProto

from assay.contracts.compatibility.findings import MAX_BREAKS, Break, Sample, Warned, joined
from assay.contracts.compatibility.pairs import Budget, Compare, Pairs
from assay.contracts.compatibility.protobuf.naming import ProtoFile, local
from assay.contracts.compatibility.protobuf.oneofs import oneof_breaks
from assay.contracts.compatibility.protobuf.samples import Written
from assay.contracts.compatibility.protobuf.wire import GROUPS, entry_of, has_written_label, kind_of, label_of, type_of

__all__ = ["judge_protobuf"]


class _Ask(NamedTuple):
    """Names of two messages."""

    reader: str
    writer: str


Fields = dict[int, FieldDescriptorProto]


def judge_protobuf(
    reader: ProtoFile, writer: ProtoFile, budget: Budget
) -> tuple[tuple[Break, ...], tuple[Warned, ...]]:
    """Why the reader can't read all that was written, and what it reads that may mean something else.

    Raises:
        BudgetSpentError: there is no proof within the budget.
    """
    rules = _Rules(reader, writer, budget)
    return rules.all(), tuple(rules.warned.values())


class _Rules:
    def __init__(self, reader: ProtoFile, writer: ProtoFile, budget: Budget) -> None:
        self._reader, self._writer, self._budget = reader, writer, budget
        self.warned: dict[tuple[str, str], Warned] = {}
        self._places: dict[str, list[str]] = {}
        for name in reader.messages:
            self._places.setdefault(local(name), []).append(name)

    def all(self) -> tuple[Break, ...]:
        """The breaks of the whole file."""
        pairs = Pairs(self._message, lambda ask: ask, self._budget)
        found: list[Break] = [*self._package(), *self._services()]
        for name in self._writer.own:
            self._budget.take()
            if self._writer.messages[name].options.map_entry:
                continue
            other = self._place(name)
            if other is None:
                message = f"the message {local(name)} is not there any more"
                found.append(Break(_path(name, self._writer), "protobuf-message-removed", message, "the message kept"))
            else:
                found += pairs.answer(_Ask(other, name))
        return joined(found)

    def _place(self, name: str) -> str | None:
        """Where the reader has a message: in the same place of its package, else alone under its name."""
        space, own = self._writer.main.package, self._reader.main.package
        inside = name.removeprefix(f"{space}.") if space else name
        same = f"{own}.{inside}" if own else inside
        if same in self._reader.messages:
            return same
        others = self._places.get(local(name), [])
        return others[0] if len(others) == 1 else None

    def _package(self) -> Iterator[Break]:
        was, now = self._writer.main.package, self._reader.main.package
        if was != now:
            message = f"the package was {was or 'none'} and is {now or 'none'}"
            yield Break("package", "protobuf-package-changed", message, f"the package {was or 'left out'}")

    def _services(self) -> Iterator[Break]:
        now = {(each.name, one.name): one for each in self._reader.main.service for one in each.method}
        for service in self._writer.main.service:
            for was in service.method:
                path, other = f"{service.name}.{was.name}", now.get((service.name, was.name))
                if other is None:
                    self._warn(path, "protobuf-rpc-removed", "the call is not there any more")
                    continue
                ways = [
                    (local(each.input_type), local(each.output_type), each.client_streaming, each.server_streaming)
                    for each in (was, other)
                ]
                if ways[0] != ways[1]:
                    message, passes = "the call takes or gives something else", "its messages kept, or a new call"
                    yield Break(path, "protobuf-rpc-changed", message, passes)

    def _message(self, ask: _Ask) -> Compare[_Ask]:
        reader, writer = self._reader.messages[ask.reader], self._writer.messages[ask.writer]
        read, written = _fields(reader), _fields(writer)
        self._budget.take((len(read) + len(written)) // 10)
        of = Written(ask.writer, ask.reader)
        path = _path(ask.writer, self._writer)
        found: list[Break] = list(_renumbered(read, written, of, path))
        for number, field in written.items():
            if number not in read:
                found += _required(field, of, path, is_added=False)
        for number, field in read.items():
            if len(found) >= MAX_BREAKS:
                break
            if number in written:
                found += yield from self._field(field, written[number], of, path)
            else:
                found += _required(field, of, path, is_added=True)
        found += oneof_breaks(reader, writer, of, path)
        return joined(found)

    def _field(
        self, reader: FieldDescriptorProto, writer: FieldDescriptorProto, of: Written, path: str
    ) -> Compare[_Ask]:
        place = f"{path}.{reader.name}"
        if reader.name != writer.name and reader.type != FieldDescriptorProto.TYPE_GROUP:
            self._warn(
                place, "protobuf-field-renamed", f"number {reader.number} was {writer.name}: JSON and code differ"
            )
        answer = yield from self._types((reader, writer), of.with_fields(writer.number), place)
        return (*answer, *self._label(reader, writer, of, place))

    def _types(
        self, fields: tuple[FieldDescriptorProto, FieldDescriptorProto], of: Written, place: str
    ) -> Compare[_Ask]:
        reader, writer = fields
        read_entry, written_entry = entry_of(reader, self._reader), entry_of(writer, self._writer)
        read = "map" if read_entry else kind_of(reader)
        written = "map" if written_entry else kind_of(writer)
        sample = Sample(of)
        if read != written:
            message = f"number {writer.number} was a {written} and is a {read}"
            return (Break(place, "protobuf-kind-changed", message, "the type kept, or a new number", sample=sample),)
        if read_entry and written_entry:
            key = yield from self._types((read_entry.field[0], written_entry.field[0]), of, f"{place}.key")
            value = yield from self._types((read_entry.field[1], written_entry.field[1]), of, f"{place}.value")
            return (*key, *value)
        if read == "scalar":
            return tuple(_scalars(reader, writer, sample, place))
        return (yield from self._messages(reader, writer, sample, place))

    def _messages(
        self, reader: FieldDescriptorProto, writer: FieldDescriptorProto, sample: Sample, place: str
    ) -> Compare[_Ask]:
        names = reader.type_name[1:], writer.type_name[1:]
        if local(names[0]) != local(names[1]):
            message = f"the message was {local(names[1])} and is {local(names[0])}"
            passes = f"the message {local(names[1])}, or a new number"
            return (Break(place, "protobuf-message-changed", message, passes, sample=sample),)
        if names[0] in self._reader.messages and names[1] in self._writer.messages:
            return (yield _Ask(*names))
        return ()  # a type of an import that nobody gave, under the same name

    def _label(
        self, reader: FieldDescriptorProto, writer: FieldDescriptorProto, of: Written, place: str
    ) -> Iterator[Break]:
        was, now = label_of(writer), label_of(reader)
        if was == now or entry_of(reader, self._reader) or entry_of(writer, self._writer):
            return
        if now == "required":
            message = f"number {reader.number} is required, and may not have been written"
            yield Break(place, "protobuf-required-added", message, "the field optional", sample=Sample(of))
        elif not (has_written_label(reader, self._reader) and has_written_label(writer, self._writer)):
            if "repeated" in (was, now):
                self._warn(place, "protobuf-label-not-judged", f"the field was {was} and is {now}")
        elif kind_of(reader) == "scalar" and type_of(reader) not in ("string", "bytes"):
            message, passes = f"the field was {was} and is {now}", f"{was}, or a new number"
            written = of.with_fields(writer.number, writer.number)
            yield Break(place, "protobuf-label-changed", message, passes, sample=Sample(written))

    def _warn(self, path: str, rule: str, message: str) -> None:
        self.warned.setdefault((path, rule), Warned(path, rule, message))


def _scalars(reader: FieldDescriptorProto, writer: FieldDescriptorProto, sample: Sample, place: str) -> Iterator[Break]:
    read, written = type_of(reader), type_of(writer)
    if GROUPS[read] != GROUPS[written]:
        message = f"number {writer.number} was {written} and is {read}, which is written otherwise"
        passes = f"one of {', '.join(name for name, group in GROUPS.items() if group == GROUPS[written])}"
        yield Break(place, "protobuf-scalar-changed", message, passes, sample=sample)


def _required(field: FieldDescriptorProto, of: Written, path: str, *, is_added: bool) -> Iterator[Break]:
    if label_of(field) != "required":
        return
    rule = "protobuf-required-added" if is_added else "protobuf-required-removed"
    what = "and may not have been written" if is_added else "and who reads may count on it"
    message = f"{field.name} is required, {what}" if is_added else f"{field.name} was required, {what}"
    sample = Sample(of) if is_added else None
    yield Break(f"{path}.{field.name}", rule, message, "the field optional, or kept", sample=sample)


def _renumbered(read: Fields, written: Fields, of: Written, path: str) -> Iterator[Break]:
    """A name that stands for another number now: what was written under the old one is lost, or read as another's."""
    now = {field.name: number for number, field in read.items()}
    for number, field in written.items():
        if now.get(field.name, number) != number:
            message = f"{field.name} was number {number} and is {now[field.name]}"
            sample = Sample(of.with_fields(number))
            yield Break(f"{path}.{field.name}", "protobuf-number-changed", message, f"number {number}", sample=sample)


def _fields(message: DescriptorProto) -> Fields:
    return {field.number: field for field in message.field}


def _path(name: str, file: ProtoFile) -> str:
    """The name of a message without its package."""
    return name.removeprefix(f"{file.main.package}.") if file.main.package else name
