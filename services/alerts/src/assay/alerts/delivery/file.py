"""A channel to a file that other programs follow, one JSON object a line."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from assay.alerts.delivery.channel import DeliveryError
from assay.alerts.delivery.delivery import Delivery
from assay.alerts.messages.text import text

__all__ = ["File", "append", "lines_of"]

Line = Mapping[str, str | int | Sequence[str]]


class File:
    """Adds a line for each recipient and brings it to the disk; it carries its key, by which a reader drops repeats."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def send(self, delivery: Delivery) -> None:
        await asyncio.to_thread(append, self._path, lines_of(delivery))


def lines_of(delivery: Delivery) -> Iterator[Line]:
    """Return the lines of an alert, their fields in their order."""
    for recipient in delivery.recipients:
        yield {
            "key": delivery.key if delivery.target else f"{delivery.key}{recipient.id}",
            "breach": delivery.breach,
            "fingerprint": delivery.fingerprint,
            "state": delivery.state.value,
            "contract": delivery.contract,
            "promise": delivery.promise,
            "window": delivery.window,
            "promised": delivery.promised,
            "measured": delivery.measured,
            "recipient": recipient.id,
            "contact": recipient.contact,
            "text": text(delivery.message),
            "at_ms": delivery.at_ms,
            "kind": delivery.kind.value,
            "cause": delivery.cause,
            "first_steps": list(delivery.message.steps),
            "severity": delivery.severity.value,
            "role": recipient.role.value,
            "why": recipient.why,
        }


def append(path: Path, lines: Iterable[Line]) -> None:
    """Add the lines and bring them to the disk; a line torn by an earlier crash is closed first.

    Raises:
        DeliveryError: the file can't be written.
    """
    written = "".join(f"{_line(line)}\n" for line in lines).encode()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a+b") as file:
            file.write(written if _ends_a_line(path) else b"\n" + written)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise DeliveryError(f"can't write the file {path}: {error.strerror}") from error


def _line(line: Line) -> str:
    """JSON of printable characters alone: it is one line for whoever splits lines, and moves no terminal that shows it."""
    text = json.dumps(line, ensure_ascii=False)
    return "".join(each if each.isprintable() else json.dumps(each)[1:-1] for each in text)


def _ends_a_line(path: Path) -> bool:
    with path.open("rb") as file:
        if not file.seek(0, os.SEEK_END):
            return True
        file.seek(-1, os.SEEK_END)
        return file.read() == b"\n"
