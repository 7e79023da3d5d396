"""One record mended by hand: fetched, edited, held against the contract in force, and sent in place of its dead letter."""

from __future__ import annotations

import difflib
import os
import shlex
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec
from rich.text import Text

from assay.api.recovery.v1.recovery_pb2 import DeadLetter
from assay.cli.errors import CommandError
from assay.cli.letters.opening import record_of
from assay.cli.plain import plain
from assay.contracts import Contract, Judge, Verdict
from assay.contracts.frame import FrameError, unframe

__all__ = ["Draft", "difference", "draft_of", "edited", "from_file", "verdict_on", "verdict_words"]

EDITOR = "vi"


@dataclass(frozen=True, slots=True)
class Draft:
    """A record without its frame, as the producer sent it and as it is to be."""

    before: bytes
    after: bytes


def draft_of(letter: DeadLetter, contract: Contract, keys: Path | None) -> Draft:
    """Return the record of an open dead letter, not changed yet.

    Raises:
        CommandError: it is settled, sealed and no keys are given, or its bytes were not kept.
        KeyUnknownError, SealError: these keys do not open it.
    """
    if letter.HasField("settlement"):
        raise CommandError(f"{letter.place} is settled already; nothing is settled twice")
    opened = record_of(letter, keys)
    if opened is None:
        raise CommandError(f"{letter.place} is sealed; name the key file of its contract's owner with --keys FILE")
    if opened.value is None:
        raise CommandError(f"{letter.place} has no value that could be edited")
    payload = _payload(opened.value, opened.headers, contract)
    return Draft(payload, payload)


def edited(draft: Draft, contract: Contract) -> Draft:
    """Return the record as a person left it in their editor: `VISUAL`, else `EDITOR`, else vi.

    It is shown with a line for each field, and comes back without the white space; numbers keep their digits.

    Raises:
        CommandError: the contract's records are no JSON, the editor failed, or what it left is no JSON.
    """
    if contract.form != "json":
        raise CommandError(f"records of {contract.id} are {contract.form}, which no editor shows; use --value FILE")
    text = _in_editor(_pretty(draft.after))
    try:
        return Draft(draft.before, msgspec.json.format(text, indent=-1))
    except msgspec.DecodeError as error:
        raise CommandError(f"what the editor left is no JSON: {error}") from error


def from_file(draft: Draft, file: Path, contract: Contract) -> Draft:
    """Return the record as a file has it.

    Raises:
        CommandError: it can't be read, or is no JSON where the contract's records are.
    """
    try:
        value = file.read_bytes()
        return Draft(draft.before, msgspec.json.format(value, indent=-1) if contract.form == "json" else value)
    except OSError as error:
        raise CommandError(f"{file} can't be read: {error.strerror}") from error
    except msgspec.DecodeError as error:
        raise CommandError(f"{file} is no JSON: {error}") from error


def difference(draft: Draft) -> list[Text]:
    """Return what was changed, line by line; nothing where nothing was."""
    lines = difflib.unified_diff(
        _pretty(draft.before).decode(errors="replace").splitlines(),
        _pretty(draft.after).decode(errors="replace").splitlines(),
        "before", "after", lineterm="", n=2,
    )  # fmt: skip
    return list(_coloured(lines))


def verdict_on(value: bytes, contract: Contract, arrived_ms: int) -> Verdict:
    """Return what validation would say of the record."""
    payload = value if contract.form == "json" else _payload(value, (), contract)
    return Judge(contract).judge(payload, arrived_ms)


def verdict_words(verdict: Verdict, contract: Contract) -> list[Text]:
    """Return the verdict, and each violation on a line."""
    if verdict.accepted:
        return [Text(f"keeps {contract.id} {contract.version}", "green")]
    head = Text(f"still breaks {contract.id} {contract.version}: {verdict.reason}", "yellow")
    return [head, *(plain(f"  {each}") for each in verdict.violations)]


def _payload(value: bytes, headers: tuple[tuple[str, bytes | None], ...], contract: Contract) -> bytes:
    try:
        frame = unframe(value, headers, contract.form)
    except FrameError as error:
        raise CommandError(f"the frame of the record can't be read: {error}; use --value FILE") from error
    return value if frame is None else frame.payload


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
