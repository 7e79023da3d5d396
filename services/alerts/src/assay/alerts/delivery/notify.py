"""A channel through Apprise: mail, Slack, and a hundred other services."""

from __future__ import annotations

import asyncio
import json
import os
import re
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from types import TracebackType
from typing import Self

from pydantic import SecretStr

from assay.alerts.breaches import State
from assay.alerts.delivery.channel import DeliveryError, DeliveryRefusedError
from assay.alerts.delivery.contact import mail_address
from assay.alerts.delivery.delivery import Delivery
from assay.alerts.delivery.question import Outcome, Question
from assay.alerts.messages.html import html
from assay.alerts.messages.markdown import markdown
from assay.alerts.messages.message import Message
from assay.alerts.messages.text import text
from assay.alerts.plain import plain
from assay.runtime.child import LENGTH

__all__ = ["Notifier"]

START_S = 60.0
GONE_S = 5.0
MOST_TITLE = 200
_EVERYONE = re.compile(r"@(?=everyone|here|channel|all|room)", re.IGNORECASE)


class Notifier:
    """Sends in processes of its own, at most `at_once`; one that hangs is ended, and the next alert has a new one.

    Apprise says that an alert failed, and not why: a permanent refusal is tried again like any other.
    """

    def __init__(self, url: SecretStr, *, to_contact: bool, timeout_s: float, at_once: int) -> None:
        self._url = url
        self._to_contact = to_contact
        self._timeout_s = timeout_s
        self._free = asyncio.Semaphore(at_once)
        self._idle: list[Process] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        while self._idle:
            await _end(self._idle.pop())

    async def send(self, delivery: Delivery) -> None:
        question = self.question(delivery)
        async with self._free:
            status = await self._status(question)
        if status == "unfit":
            raise DeliveryRefusedError("the URL of this channel is none that Apprise knows, or one without targets")
        if status != "taken":
            raise DeliveryError("the service did not take it; try its URL with the command `apprise -vv` to see why")

    def question(self, delivery: Delivery) -> Question:
        """What the process is asked to send; raises DeliveryRefusedError where no recipient can be written to."""
        message = _harmless(delivery.message)
        return {
            "url": self._url.get_secret_value(),
            "targets": self._targets(delivery) if self._to_contact else None,
            "title": _quiet(plain(message.title, MOST_TITLE)),
            "forms": {
                "html": html(message),
                "markdown": markdown(message, titled=False),
                "text": _quiet(text(message)),
            },
            "failure": delivery.state is State.FIRING,
            "timeout_s": self._timeout_s,
        }

    def _targets(self, delivery: Delivery) -> Sequence[str]:
        found = [mail_address(recipient.contact) for recipient in delivery.recipients]
        addresses = [address for address in dict.fromkeys(found) if address is not None]
        if not addresses:
            told = ", ".join(plain(recipient.id, 80) for recipient in delivery.recipients)
            raise DeliveryRefusedError(
                f"the contact of {told or 'nobody'} is no mail address; correct it in the contract"
            )
        return addresses

    async def _status(self, question: Question) -> str:
        process = self._idle.pop() if self._idle else await self._started()
        try:
            async with asyncio.timeout(self._timeout_s):
                outcome: Outcome = json.loads(await _asked(process, json.dumps(question).encode()))
        except TimeoutError:
            await _end(process)
            raise DeliveryError(f"the service did not take it within {self._timeout_s:g} s") from None
        except (OSError, EOFError, ValueError):
            await _end(process)
            raise DeliveryError("the process that sends ended before it was sent") from None
        except BaseException:
            await _end(process)
            raise
        self._idle.append(process)
        return outcome["status"]

    async def _started(self) -> Process:
        try:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "assay.alerts.delivery.notifier",
                stdin=PIPE,
                stdout=PIPE,
                stderr=DEVNULL,
                env=_env(),
            )
        except OSError as error:
            raise DeliveryError(f"can't start a process to send from: {error.strerror}") from error
        try:
            async with asyncio.timeout(START_S):
                await _frame(process)
        except BaseException as error:
            await _end(process)
            if isinstance(error, (TimeoutError, EOFError, OSError)):
                raise DeliveryError("the process to send from did not start") from None
            raise
        return process


def _harmless(message: Message) -> Message:
    """The message without markup and links but its own, whoever made it."""
    lines = tuple((plain(label), plain(said)) for label, said in message.lines)
    return replace(message, title=plain(message.title), lines=lines, steps=tuple(plain(step) for step in message.steps))


def _quiet(words: str) -> str:
    """The words without a call to everyone: chats hear it in plain text too."""
    return _EVERYONE.sub("\N{FULLWIDTH COMMERCIAL AT}", words)


async def _asked(process: Process, question: bytes) -> bytes:
    assert process.stdin is not None
    process.stdin.write(LENGTH.pack(len(question)) + question)
    await process.stdin.drain()
    return await _frame(process)


async def _frame(process: Process) -> bytes:
    assert process.stdout is not None
    head = await process.stdout.readexactly(LENGTH.size)
    return await process.stdout.readexactly(LENGTH.unpack(head)[0])


async def _end(process: Process) -> None:
    """Kill it, and wait for a while until it is gone."""
    with suppress(ProcessLookupError):
        process.kill()
    with suppress(TimeoutError):
        async with asyncio.timeout(GONE_S):
            await process.wait()


def _env() -> dict[str, str]:
    """The environment without what only the service needs: its secrets are not for a library of a hundred services."""
    return {name: value for name, value in os.environ.items() if not name.startswith("ASSAY_")}
