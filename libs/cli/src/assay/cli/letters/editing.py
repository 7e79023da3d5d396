"""One record mended by hand: fetched, edited, held against the contract in force, and sent in place of its dead letter."""

from __future__ import annotations

import difflib
import os
import shlex
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec
import orjson
from rich.text import Text

from assay.api.recovery.v1.recovery_pb2 import DeadLetter
from assay.cli.errors import CommandError
from assay.cli.letters.opening import is_left_out, record_of
from assay.cli.plain import plain
from assay.contracts import Contract, Judge, MalformedRecordError, Verdict
from assay.contracts.errors import UnwritableError
from assay.contracts.forms.avro_writer import record_writer
from assay.contracts.forms.fidelity import lost
from assay.contracts.forms.protobuf_writer import message_writer
from assay.contracts.forms.reader import payload_reader
from assay.contracts.frame import Frame, FrameError, framed, guid_of, unframe

__all__ = [
    "Draft", "difference", "draft_of", "edited", "framed_anew", "from_file", "payload_of", "verdict_on", "verdict_words",
]  # fmt: skip

EDITOR = "vi"
FIRST = (0,)
"""The first message of a Protobuf file: where a record is."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A record as JSON, as the producer sent it and as it is to be; `frame` is what it stood behind."""

    before: bytes
    after: bytes
    frame: Frame | None


def draft_of(letter: DeadLetter, wrote: Contract, keys: Path | None) -> Draft:
    """Return the record of an open dead letter, not changed yet; `wrote` is the version that it was written by.

    What can't be read by it is empty, or the text that it is.

    Raises:
        CommandError: it is settled, too large, sealed and no keys are given, or its bytes were not kept.
        KeyUnknownError, SealError: these keys do not open it.
    """
    if letter.HasField("settlement"):
        raise CommandError(f"{letter.place} is settled already; nothing is settled twice")
    if is_left_out(letter):
        raise CommandError(f"{letter.place} has {letter.size_bytes:,} bytes, too many to be edited")
    opened = record_of(letter, keys)
    if opened is None:
        raise CommandError(f"{letter.place} is sealed; name the key file of its contract's owner with --keys FILE")
    if opened.value is None:
        raise CommandError(f"{letter.place} has no value that could be edited")
    try:
        frame = unframe(opened.value, opened.headers, wrote.form)
    except FrameError:
        frame = None
    text = _text(frame.payload if frame else opened.value, wrote)
    return Draft(text, text, frame)


def edited(draft: Draft) -> Draft:
    """Return the record as a person left it in their editor: `VISUAL`, else `EDITOR`, else vi.

    It is shown with a line for each field, and comes back without the white space; numbers keep their digits.

    Raises:
        CommandError: the editor failed, or what it left is no JSON.
    """
    return replace(draft, after=_json(_in_editor(_pretty(draft.after)), "what the editor left"))


def from_file(draft: Draft, file: Path) -> Draft:
    """Return the record as a file has it, in JSON.

    Raises:
        CommandError: it can't be read, or is no JSON.
    """
    try:
        return replace(draft, after=_json(file.read_bytes(), str(file)))
    except OSError as error:
        raise CommandError(f"{file} can't be read: {error.strerror}") from error


def payload_of(draft: Draft, contract: Contract) -> bytes:
    """Return the record in the form of the contract, without a frame.

    Raises:
        CommandError: its form can't say it, or not exactly.
    """
    if contract.form == "json":
        return draft.after
    write = (record_writer if contract.form == "avro" else message_writer)(contract)
    try:
        record = orjson.loads(draft.after)
        written = write(record)
        place = lost(contract.fields, record, payload_reader(contract)(written))
    except (UnwritableError, MalformedRecordError, orjson.JSONDecodeError, AttributeError) as error:
        raise CommandError(f"the record can't be written as {contract.form}: {error}") from error
    if place:
        raise CommandError(f"the record can't be written as {contract.form}: {place} would not be what it is")
    return written


def framed_anew(payload: bytes, draft: Draft, contract: Contract, schema_id: int) -> bytes:
    """Return the record behind a frame of the version in force, where it stood behind one."""
    if draft.frame is None or not draft.frame.prefix:
        return payload
    schema = schema_id if draft.frame.schema_id is not None else guid_of(contract.text)
    return framed(payload, schema, FIRST if contract.form == "protobuf" else None)


def difference(draft: Draft) -> list[Text]:
    """Return what was changed, line by line; nothing where nothing was."""
    lines = difflib.unified_diff(
        _pretty(draft.before).decode(errors="replace").splitlines(),
        _pretty(draft.after).decode(errors="replace").splitlines(),
        "before", "after", lineterm="", n=2,
    )  # fmt: skip
    return list(_coloured(lines))


def verdict_on(payload: bytes, contract: Contract, arrived_ms: int) -> Verdict:
    """Return what validation would say of the record."""
    return Judge(contract).judge(payload, arrived_ms)


def verdict_words(verdict: Verdict, contract: Contract) -> list[Text]:
    """Return the verdict, and each violation on a line."""
    if verdict.accepted:
        return [Text(f"keeps {contract.id} {contract.version}", "green")]
    head = Text(f"still breaks {contract.id} {contract.version}: {verdict.reason}", "yellow")
    return [head, *(plain(f"  {each}") for each in verdict.violations)]


def _text(payload: bytes, contract: Contract) -> bytes:
    if contract.form == "json":
        return payload
    try:
        return orjson.dumps(payload_reader(contract)(payload))
    except (MalformedRecordError, orjson.JSONEncodeError):
        return b""


def _json(text: bytes, where: str) -> bytes:
    try:
        return msgspec.json.format(text, indent=-1)
    except msgspec.DecodeError as error:
        raise CommandError(f"{where} is no JSON: {error}") from error


def _pretty(value: bytes) -> bytes:
    try:
        return msgspec.json.format(value, indent=2) + b"\n"
    except msgspec.DecodeError:
        return value


def _in_editor(text: bytes) -> bytes:
    command = shlex.split(os.environ.get("VISUAL") or os.environ.get("EDITOR") or EDITOR)
    with tempfile.TemporaryDirectory(prefix="assay-") as folder:  # its owner alone may look into it
        file = Path(folder) / "record.json"
        file.write_bytes(text)
        try:
            subprocess.run([*command, str(file)], check=True)  # noqa: S603 -- the editor that the person named
            return file.read_bytes()
        except (OSError, subprocess.CalledProcessError) as error:
            raise CommandError(f"the editor failed: {error}; EDITOR names another, --value FILE needs none") from error


def _coloured(lines: Iterator[str]) -> Iterator[Text]:
    for line in lines:
        said = plain(line)
        style = {"+": "green", "-": "red", "@": "dim"}.get(line[:1])
        if style:
            said.stylize(style)
        yield said
