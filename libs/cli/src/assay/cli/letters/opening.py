"""One dead letter, opened."""

from __future__ import annotations

from pathlib import Path

from assay.api.recovery.v1.recovery_pb2 import DeadLetter
from assay.cli.errors import CommandError
from assay.streaming import HeaderError, LogReader, Record, Source, headers
from assay.streaming.keys import KeyFile
from assay.streaming.seal import is_sealed, unseal

__all__ = ["as_it_stands", "is_left_out", "opened", "record_of"]


async def opened(broker: str, place: str, keys: Path | None) -> Record:
    """Answer the dead letter at a place, with its seal opened by these keys.

    Raises:
        CommandError: the place is none, nothing stands there, or it is sealed and no keys are given.
        KeyUnknownError, SealError: these keys do not open it.
        BrokerUnreachableError: no broker answers.
    """
    try:
        source = Source.parse(place)
    except HeaderError as error:
        raise CommandError(f"{error}; `assay records trace ID` shows the place of a dead letter") from error
    letter = await _at(broker, source)
    if is_sealed(letter) and keys is None:
        raise CommandError(f"{place} is sealed; name the key file of its contract's owner with --keys FILE")
    return letter if keys is None else unseal(letter, KeyFile.read(keys, "--keys"))


def is_left_out(letter: DeadLetter) -> bool:
    """Whether the record was too large for the answer of the recovery service."""
    return letter.size_bytes > 0 and not letter.HasField("value")


def record_of(letter: DeadLetter, keys: Path | None) -> Record | None:
    """Return the record of a dead letter as the producer sent it.

    None where it is sealed and no keys are given, or where it was too large for the answer.

    Raises:
        KeyUnknownError, SealError: these keys do not open it.
        StartError: the file holds no keys.
    """
    if is_left_out(letter) or (letter.sealed and keys is None):
        return None
    record = as_it_stands(letter)
    return record if keys is None else unseal(record, KeyFile.read(keys, "--keys"))


def as_it_stands(letter: DeadLetter) -> Record:
    """Return the record of a dead letter as it stands on its topic, sealed where it is."""
    topic, partition, offset = Source.parse(letter.place)
    return Record(
        topic,
        partition,
        offset,
        letter.arrived_ms,
        letter.key if letter.HasField("key") else None,
        letter.value if letter.HasField("value") else None,
        tuple(
            (each.name.decode(errors="surrogateescape"), each.value if each.HasField("value") else None)
            for each in letter.headers
        ),
    )


async def _at(broker: str, source: Source) -> Record:
    async with LogReader(broker) as reader:
        record = (await reader.at([source])).get(source)
    if record is not None and record.header(headers.REASON):
        return record
    raise CommandError(f"no dead letter stands at {source}; `assay records trace ID` shows the place of one")
