"""A contract as a module of Python: frozen dataclasses of its records, with enums, that read and write JSON."""

from __future__ import annotations

import re
from collections.abc import Iterator

from assay.contracts.codegen.helpers import IMPORTS, needed
from assay.contracts.codegen.names import attribute_name, member_name
from assay.contracts.codegen.shapes import Shape, Shapes
from assay.contracts.model import Contract, Field

__all__ = ["python_module"]


def python_module(contract: Contract) -> str:
    """The module; the same contract gives the same text.

    What is not required is None where it is absent or null, and absent again when it is written. Properties that the
    contract does not name are not kept.
    """
    shapes = Shapes(contract)
    shapes.record()
    classes: list[str] = []
    while len(classes) < len(shapes.classes):
        name = [*shapes.classes][len(classes)]
        classes.append("\n".join(_class(name, shapes, is_record=not classes)))
    enums = ["\n".join(_enum(name, values)) for name, values in shapes.enums.items()]
    body = "\n\n\n".join((_ERROR, *enums, *classes))
    functions = needed(body)
    code = "\n\n\n".join((body, *(text.rstrip() for text in functions)))
    return f"{_head(contract, code)}\n\n{_constants(contract, shapes, code)}\n\n\n{code}\n"


_ERROR = '''\
class RecordError(ValueError):
    """A text is no such record: where, what was expected and what was found, without values."""

    def __init__(self, at: str, expected: str, found: str) -> None:
        super().__init__(f"{at or 'the record'}: expected {expected}, found {found}")
        self.at = at'''


def _head(contract: Contract, code: str) -> str:
    imports = [f"import {name}" for name in IMPORTS if re.search(rf"\b{name}\.", code)]
    abstract = [name for name in ("Callable", "Mapping") if re.search(rf"\b{name}\[", code)]
    typing = ["TypeVar"] if "_T" in code else []
    said = f"Records of contract {contract.id} {contract.version}."
    return "\n".join(
        (
            f'"""{said}\n\nMade by `assay contract codegen`: change the contract, not this file.\n"""',
            "",
            "from __future__ import annotations",
            "",
            *imports,
            f"from collections.abc import {', '.join(abstract)}",
            *(f"from typing import {each}" for each in typing),
        )
    )


def _constants(contract: Contract, shapes: Shapes, code: str) -> str:
    names = ["RecordError", *shapes.enums, *shapes.classes, "CONTRACT", "VERSION"]
    lines = [f"__all__ = [{', '.join(map(_quoted, sorted(names)))}]", ""]
    lines += [f"CONTRACT = {_quoted(contract.id)}", f"VERSION = {_quoted(contract.version)}", ""]
    lines += ['_T = TypeVar("_T")'] if re.search(r"\b_T\b", code) else []
    lines += ['_E = TypeVar("_E", bound=enum.Enum)'] if re.search(r"\b_E\b", code) else []
    return "\n".join(lines).rstrip()


def _enum(name: str, values: tuple[str | int, ...]) -> Iterator[str]:
    base = "enum.StrEnum" if isinstance(values[0], str) else "enum.IntEnum"
    yield f"class {name}({base}):"
    yield '    """The values of a property that has only these."""\n'
    taken: set[str] = set()
    for value in values:
        member = member_name(value, taken)
        taken.add(member)
        yield f"    {member} = {_quoted(value) if isinstance(value, str) else value}"


def _class(name: str, shapes: Shapes, *, is_record: bool) -> Iterator[str]:
    fields = shapes.classes[name]
    attributes = _attributes(fields)
    found = [(each, attributes[each.name], shapes.of(each, name)) for each in fields]
    yield "@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)"
    yield f"class {name}:"
    yield f'    """{"One record." if is_record else "An object in a record."}"""\n'
    for field, attribute, shape in found:
        optional = "" if field.required else " | None = None"
        unit = f"  # {_in_a_comment(field.unit)}" if field.unit else ""
        yield f"    {attribute}: {shape.annotation}{optional}{unit}"
    if is_record:
        yield from _faces(name)
    yield from _reading(name, found)
    yield from _writing(found)


def _attributes(fields: tuple[Field, ...]) -> dict[str, str]:
    made: dict[str, str] = {}
    for field in sorted(fields, key=lambda each: not each.name.isidentifier()):  # a good name is kept first
        made[field.name] = attribute_name(field.name, made.values())
    return made


def _faces(name: str) -> Iterator[str]:
    yield f'''
    @classmethod
    def from_json(cls, text: str | bytes) -> {name}:
        """Read a record.

        Raises:
            RecordError: the text is no such record.
        """
        return cls.from_value(_read(text))

    def to_json(self) -> bytes:
        """Write it as JSON."""
        return _written(self.to_value())'''


_Found = list[tuple[Field, str, Shape]]


def _reading(name: str, found: _Found) -> Iterator[str]:
    yield f'''
    @classmethod
    def from_value(cls, value: object, at: str = "") -> {name}:
        """Make it of a value as JSON has it; `at` is where that is in the record."""
        fields = _object(value, at)
        return cls('''
    for field, attribute, shape in found:
        how = "_required" if field.required else "_optional"
        yield f"            {attribute}={how}(fields, {_quoted(field.name)}, at, {shape.reads}),"
    yield "        )"


def _writing(found: _Found) -> Iterator[str]:
    required = [each for each in found if each[0].required]
    yield '''
    def to_value(self) -> dict[str, object]:
        """Return it as a value that JSON can write."""'''
    if not required:
        yield "        value: dict[str, object] = {}"
    else:
        yield "        value: dict[str, object] = {"
        for field, attribute, shape in required:
            yield f"            {_quoted(field.name)}: {_written(shape, f'self.{attribute}')},"
        yield "        }"
    for field, attribute, shape in found:
        if not field.required:
            yield f"        if self.{attribute} is not None:"
            yield f"            value[{_quoted(field.name)}] = {_written(shape, f'self.{attribute}')}"
    yield "        return value"


def _written(shape: Shape, value: str) -> str:
    return shape.writes.replace("{0}", value).replace("{}", value)


def _quoted(text: str) -> str:
    """A literal with double quotes, whatever is in it."""
    made = repr(text)
    return made if made[0] == '"' else '"' + made[1:-1].replace('"', '\\"') + '"'


def _in_a_comment(text: str) -> str:
    return " ".join("".join(each if each.isprintable() else " " for each in text).split())
