"""The kinds of schemas, and what judges each: parse, compare, and show a document that breaks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol, TypeVar

from assay.contracts.compatibility.avro import AvroType, judge_avro, parse_avro, refused
from assay.contracts.compatibility.findings import Break, Sample, Warned
from assay.contracts.compatibility.json import Document, Parts, judge_json, refuting, succession
from assay.contracts.compatibility.json import refused as refused_json
from assay.contracts.compatibility.pairs import Budget
from assay.contracts.compatibility.protobuf import ProtoFile, judge_protobuf, lost, read_file

__all__ = ["JUDGES", "Kind", "KindJudge", "Policy", "SchemaText"]

T = TypeVar("T")

Found = tuple[tuple[Break, ...], tuple[Warned, ...]]


class Kind(StrEnum):
    """The kinds of schemas, as the registry's REST interface names them."""

    AVRO = "AVRO"
    JSON = "JSON"
    PROTOBUF = "PROTOBUF"


class Policy(StrEnum):
    """`compatibilityPolicy`: LENIENT lets a JSON object be opened, closed and extended as most teams do it."""

    STRICT = "STRICT"
    LENIENT = "LENIENT"


@dataclass(frozen=True, slots=True)
class SchemaText:
    """A schema as it was written; `references` are the texts that it uses, by name, each after those it uses itself."""

    kind: Kind
    text: str
    references: Mapping[str, str] = field(default_factory=dict)


class KindJudge(Protocol[T]):
    """What a kind of schema has to know."""

    def parse(self, schema: SchemaText, *, strict: bool) -> T:
        """The schema, read. `strict` refuses what only a version that is registered already may have.

        Raises:
            SchemaError: it is none.
        """

    def succession(self, new: T, old: T) -> tuple[Break, ...]:
        """Why the new schema is no next version of the old one, though it may read what was written with it."""

    def compare(self, reader: T, writer: T, budget: Budget) -> Found:
        """What breaks and what may mean something else.

        Raises:
            BudgetSpentError: there is no proof within the budget.
        """

    def document(self, sample: Sample, reader: T, writer: T) -> str:
        """The sample as people read it, if the real validator takes it with the writer and refuses it with the reader."""


class _Avro:
    def __init__(self, policy: Policy) -> None:
        del policy  # of JSON Schema only

    def parse(self, schema: SchemaText, *, strict: bool) -> AvroType:
        return parse_avro(schema.text, schema.references.values(), strict=strict)

    def succession(self, new: AvroType, old: AvroType) -> tuple[Break, ...]:
        del new, old  # who reads has the last word
        return ()

    def compare(self, reader: AvroType, writer: AvroType, budget: Budget) -> Found:
        return judge_avro(reader, writer, budget)

    def document(self, sample: Sample, reader: AvroType, writer: AvroType) -> str:
        return refused(sample, reader, writer)


class _Json:
    def __init__(self, policy: Policy) -> None:
        self._is_lenient = policy is Policy.LENIENT

    def parse(self, schema: SchemaText, *, strict: bool) -> Parts:
        return Parts(Document(schema.text, schema.references, strict=strict))

    def succession(self, new: Parts, old: Parts) -> tuple[Break, ...]:
        return () if self._is_lenient else succession(new, old)

    def compare(self, reader: Parts, writer: Parts, budget: Budget) -> Found:
        judgement = judge_json(reader, writer, budget, is_lenient=self._is_lenient)
        if judgement.is_doubtful and (shown := refuting(reader, writer)):
            message = "what the table lets pass is refused by the validator"
            return (Break("", "json-refuted", message, "branches that exclude each other", shown),), judgement.warned
        return judgement.breaks, judgement.warned

    def document(self, sample: Sample, reader: Parts, writer: Parts) -> str:
        return refused_json(sample, reader, writer)


class _Protobuf:
    def __init__(self, policy: Policy) -> None:
        del policy  # of JSON Schema only

    def parse(self, schema: SchemaText, *, strict: bool) -> ProtoFile:
        del strict  # a file that registered once is one still
        return read_file(schema.text, schema.references)

    def succession(self, new: ProtoFile, old: ProtoFile) -> tuple[Break, ...]:
        del new, old  # who reads has the last word
        return ()

    def compare(self, reader: ProtoFile, writer: ProtoFile, budget: Budget) -> Found:
        return judge_protobuf(reader, writer, budget)

    def document(self, sample: Sample, reader: ProtoFile, writer: ProtoFile) -> str:
        return lost(sample, reader, writer)


JUDGES: dict[Kind, Callable[[Policy], KindJudge[Any]]] = {
    Kind.AVRO: _Avro,
    Kind.JSON: _Json,
    Kind.PROTOBUF: _Protobuf,
}
