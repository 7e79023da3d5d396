"""The two schemas of one comparison, with what is known about each document."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from assay.contracts.compatibility.findings import Sample, Warned
from assay.contracts.compatibility.json.documents import Schema
from assay.contracts.compatibility.json.samples import Samples
from assay.contracts.compatibility.json.shapes import Parts
from assay.contracts.compatibility.pairs import Budget

__all__ = ["Ask", "Context", "Pair", "Side", "pointer"]

Plain = dict[str, Any]


class Side(NamedTuple):
    """A schema, and the parts of the document that it stands in."""

    parts: Parts
    schema: Schema


class Ask(NamedTuple):
    """A question: does the reader's schema take all that the writer's does?"""

    reader: Side
    writer: Side
    path: str = ""


@dataclass(slots=True)
class Context:
    """What all rules of one comparison share."""

    is_lenient: bool
    budget: Budget
    samples: dict[int, Samples] = field(default_factory=dict)
    warned: dict[tuple[str, str], Warned] = field(default_factory=dict)
    is_doubtful: bool = False
    """A choice was judged by the table, which the validator may refute."""
    is_filled: bool = False
    """A default stands for a required property: whoever reads fills it in first."""

    def samples_of(self, parts: Parts) -> Samples:
        """What makes values of a document's schemas."""
        return self.samples.setdefault(id(parts), Samples(parts))

    def warn(self, path: str, rule: str, message: str) -> None:
        """Tell of a change that is not judged."""
        self.warned.setdefault((path, rule), Warned(path, rule, message))


@dataclass(frozen=True, slots=True)
class Pair:
    """The plain keywords of reader and writer."""

    context: Context
    reader_parts: Parts
    writer_parts: Parts
    reader: Plain
    writer: Plain
    path: str
    reader_whole: Schema = True

    @property
    def samples(self) -> Samples:
        """What makes values that were written."""
        return self.context.samples_of(self.writer_parts)

    def ask(self, reader: Schema, writer: Schema, step: str = "") -> Ask:
        """A question about parts of the two."""
        return Ask(Side(self.reader_parts, reader), Side(self.writer_parts, writer), self.path + step)

    def in_object(self, name: str) -> Callable[[Sample], Sample | None]:
        """What puts a value into an object that was written."""
        return lambda sample: self.samples.objects(self.writer, {name: sample})

    def in_list(self, place: int) -> Callable[[Sample], Sample | None]:
        """What puts a value into a list that was written."""
        return lambda sample: self.samples.lists(self.writer, {place: sample})

    def without(self, name: str) -> Sample | None:
        """An object that was written without a property."""
        return self.samples.objects(self.writer, {}, [name])


def pointer(name: str) -> str:
    """A name as a step of a JSON Pointer."""
    return "/" + name.replace("~", "~0").replace("/", "~1")
