"""Drafts of contracts from what is there: a file, a topic, a registered schema."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from assay.cli.errors import CommandError
from assay.cli.forms.decoding import Decoder
from assay.cli.forms.importing import drafted
from assay.cli.forms.schemas import Registered, Schemas
from assay.cli.forms.tables import records_of
from assay.contracts import SchemaError
from assay.contracts.drafts import Draft, Settled, settled
from assay.contracts.inference import Sample, overlaid
from assay.streaming import kafka
from assay.streaming.scan import scan

__all__ = ["Inferred", "from_file", "from_subject", "from_topic"]

_SUFFIXES = (".raw.app", ".raw.cdc", ".validated", "-value", "-key")


@dataclass(frozen=True, slots=True)
class Inferred:
    """A draft that lints, and how many records it stands on."""

    made: Settled
    records: int


def from_file(file: Path, contract: str, most: int) -> Inferred:
    """The draft of a contract for the records of a file.

    Raises:
        CommandError: the file is none that is read, or has no records.
    """
    sample = Sample()
    for value in records_of(file, most):
        sample.add(value)
    name = contract or file.name.partition(".")[0]
    return Inferred(_settled(_drafted(sample, name, str(file)), file.name, sample), sample.records)


async def from_topic(broker: str, topic: str, schemas: Schemas, contract: str, last: int) -> Inferred:
    """The draft of a contract for the newest records of each partition of a topic.

    Joins no group and writes nothing.

    Raises:
        BrokerUnreachableError: no broker answers.
        TopicError: the topic isn't there.
        CommandError: it has no record that can be read, or the registry does not give the schema of one.
    """
    sample, decoder = Sample(), Decoder(schemas)
    async for records in scan(broker, [topic], last=last):
        for record in records:
            if record.value is not None:
                sample.add(decoder.value(record), record.key)
    name = contract or _named(topic)
    topics = {"raw": topic, "partitions": await _partitions(broker, topic)}
    draft = _drafted(sample, name, topic, topics)
    if (schema := decoder.schema) and schema.form != "json-schema":
        draft = overlaid(_of_schema(schema, name), draft)
        _topics(draft).update(topics)
    return Inferred(_settled(draft, f"topic {topic}", sample), sample.records)


async def _partitions(broker: str, topic: str) -> int:
    async with kafka.admin(broker) as admin:
        (found,) = await admin.describe_topics([topic])
    return len(found["partitions"])


def from_subject(schemas: Schemas, subject: str, contract: str) -> Inferred:
    """The draft of a contract for the newest schema of a subject.

    Raises:
        CommandError: the registry does not answer, or the schema is not one of records.
    """
    draft = _of_schema(schemas.newest(subject), contract or _named(subject))
    return Inferred(settled(draft, (f"Drafted from subject {subject}; no record was looked at.",)), 0)


def _of_schema(schema: Registered, contract: str) -> Draft:
    try:
        return drafted(schema.form, schema.text, contract, schema.references)
    except SchemaError as error:
        raise CommandError(f"the registered schema cannot be drafted from: {error}") from error


def _drafted(sample: Sample, contract: str, source: str, topics: Mapping[str, object] | None = None) -> Draft:
    try:
        return sample.draft(contract, topics=topics)
    except ValueError as error:
        unread = f"; records that are no objects, or cannot be read: {sample.others:,}" if sample.others else ""
        raise CommandError(f"{source}: there is no record to learn from{unread}") from error


def _topics(draft: Draft) -> dict[str, object]:
    found: dict[str, object] = next(
        each["value"] for each in draft.value["customProperties"] if each["property"] == "assay.topics"
    )
    return found


def _settled(draft: Draft, source: str, sample: Sample) -> Settled:
    return settled(
        draft,
        (
            f"Drafted from {sample.records:,} records of {source}.",
            "A line with `guess:` is what these records show, not what anyone promised: keep it or take it out.",
            "Give it an owner and consumers, then set status: active.",
        ),
    )


def _named(source: str) -> str:
    for suffix in _SUFFIXES:
        source = source.removesuffix(suffix)
    return source
