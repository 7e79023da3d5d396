"""Options of a descriptor as text: those of Protobuf, those that an import defines, and those that nobody knows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from google.protobuf import message_factory, text_format
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.descriptor_pb2 import FileDescriptorProto, UninterpretedOption
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message import DecodeError, Message
from google.protobuf.text_encoding import CEscape
from google.protobuf.unknown_fields import UnknownFieldSet

from assay.contracts.compatibility.protobuf import ProtoFile
from assay.contracts.compatibility.protobuf.options import number_of, set_at, set_field
from assay.contracts.compatibility.protobuf.tokens import quoted

__all__ = ["Options"]


class Options:
    """Says the options of one file."""

    def __init__(self, file: ProtoFile, *, with_extensions: bool = True) -> None:
        self._file, self._with_extensions = file, with_extensions
        self._pool: DescriptorPool | None = None
        self._extensions: dict[str, FieldDescriptor] = {}

    def said(self, options: Message) -> list[tuple[str, str]]:
        """Names and values, sorted; a value that an extension gives is said the same, however it came."""
        if not options.ByteSize():
            return []
        whole, left = self._interpreted(options)
        found = list(_said(whole))
        if self._with_extensions:
            found += ((_name(each), _value(each)) for each in left)
        return sorted(
            (each for each in found if self._with_extensions or not each[0].startswith("(")), key=lambda each: each[0]
        )

    def settle(self, message: Message) -> None:
        """Set the options of extensions everywhere in a descriptor, as protoc does."""
        for field, value in message.ListFields():
            if field.message_type is None or field.name == "uninterpreted_option":
                continue
            for each in value if field.is_repeated else [value]:
                if field.name == "options":
                    whole, left = self._interpreted(each)
                    each.ParseFromString(whole.SerializePartialToString())
                    for one in left:
                        each.uninterpreted_option.add().MergeFromString(one.SerializePartialToString())
                else:
                    self.settle(each)

    def _interpreted(self, options: Message) -> tuple[Message, list[UninterpretedOption]]:
        """The options with those of extensions set, and those that no file defines."""
        if _is_plain(options):
            return options, []
        of = self._class(options)
        try:
            whole: Any = of.FromString(options.SerializePartialToString())
        except DecodeError:
            return options, []
        left = [each for each in whole.uninterpreted_option if not self._is_set(whole, each)]
        whole.ClearField("uninterpreted_option")
        return whole, left

    def _class(self, options: Message) -> type[Message]:
        if self._pool is None:
            self._pool = _pool((*self._file.imports, self._file.main))
        return message_factory.GetMessageClass(self._pool.FindMessageTypeByName(options.DESCRIPTOR.full_name))

    def _is_set(self, whole: Any, said: UninterpretedOption) -> bool:
        first, *rest = said.name
        if not first.is_extension or any(each.is_extension for each in rest):
            return False
        field = self._extension(first.name_part, whole)
        if field is None:
            return False
        if not rest:
            return set_field(whole, field, said)
        if field.message_type is None or field.is_repeated:
            return False
        return set_at(whole.Extensions[field], [each.name_part for each in rest], said)

    def _extension(self, name: str, whole: Message) -> Any:
        """The extension that a name means, from the package of the file outwards."""
        assert self._pool is not None  # the class came from it
        scope = "" if name.startswith(".") else self._file.main.package
        while True:
            full = f"{scope}.{name}" if scope else name.strip(".")
            try:
                found = self._pool.FindExtensionByName(full)
            except KeyError:
                if not scope:
                    return None
                scope = scope.rpartition(".")[0]
            else:
                return found if found.containing_type == whole.DESCRIPTOR else None


def _pool(files: Iterable[FileDescriptorProto]) -> DescriptorPool:
    """A pool with all files that it takes; each after those that it imports."""
    pool = DescriptorPool()
    known = {each.name: each for each in files}
    done: set[str] = set()
    for name in known:
        _add(pool, name, known, done)
    return pool


def _add(pool: DescriptorPool, name: str, known: dict[str, FileDescriptorProto], done: set[str]) -> None:
    stack = [name]
    while stack:
        each = stack[-1]
        missing = [path for path in known[each].dependency if path in known and path not in done]
        done.add(each)
        if missing:
            stack += missing[:1]
            continue
        stack.pop()
        try:
            pool.Add(known[each])
        except TypeError:
            continue  # a file that the runtime refuses defines nothing


def _is_plain(options: Any) -> bool:
    """Whether Protobuf itself has a field for all that is said."""
    is_own = all(not field.is_extension and field.message_type is None for field, _ in options.ListFields())
    return is_own and not len(UnknownFieldSet(options))


def _said(options: Message) -> Iterator[tuple[str, str]]:
    for field, value in options.ListFields():
        name = f"({field.full_name})" if field.is_extension else field.name
        for each in value if field.is_repeated else [value]:
            yield name, _written(field, each)


def _written(field: Any, value: Any) -> str:
    if field.message_type is not None:
        return f"{{ {text_format.MessageToString(value, as_one_line=True)} }}"
    if field.enum_type is not None:
        found = field.enum_type.values_by_number.get(value)
        return found.name if found else str(value)
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return quoted(value)
        case bytes():
            return f'"{CEscape(value, as_utf8=False)}"'
    return repr(value)


def _name(said: UninterpretedOption) -> str:
    return ".".join(f"({each.name_part})" if each.is_extension else each.name_part for each in said.name)


def _value(said: UninterpretedOption) -> str:
    if said.HasField("string_value"):
        return f'"{CEscape(said.string_value, as_utf8=False)}"'
    if said.HasField("aggregate_value"):
        return f"{{ {said.aggregate_value} }}"
    if said.HasField("identifier_value"):
        return said.identifier_value
    return repr(number_of(said))
