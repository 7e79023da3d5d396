"""A mail server that keeps what it is sent."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage

from aiosmtpd.smtp import SMTP, Envelope, Session

__all__ = ["Mail", "MailReceiver", "open_mail"]


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail, and those whom its envelope names."""

    sender: str
    recipients: tuple[str, ...]
    message: EmailMessage

    def text(self, kind: str = "html") -> str:
        """The words of its body."""
        body = self.message.get_body((kind,))
        return body.get_content() if body is not None else ""


class MailReceiver:
    """What came is in `mails`; while it `refuses`, it takes none for the moment (451)."""

    def __init__(self) -> None:
        self.mails: list[Mail] = []
        self.refuses = False
        self.host = "127.0.0.1"
        self.port = 0
        self._moved = asyncio.Event()

    async def until(self, count: int, within_s: float = 60.0) -> list[Mail]:
        """Return what came, once that were so many."""
        async with asyncio.timeout(within_s):
            while len(self.mails) < count:
                self._moved.clear()
                await self._moved.wait()
        return self.mails

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 -- aiosmtpd's
        """Take a mail."""
        if self.refuses:
            return "451 try again later"
        content = envelope.content if isinstance(envelope.content, bytes) else (envelope.content or "").encode()
        message = message_from_bytes(content, policy=policy.default)
        assert isinstance(message, EmailMessage)
        self.mails.append(Mail(envelope.mail_from or "", tuple(envelope.rcpt_tos), message))
        self._moved.set()
        return "250 taken"


@contextlib.asynccontextmanager
async def open_mail() -> AsyncIterator[MailReceiver]:
    """A mail server on a port of 127.0.0.1, without TLS and without passwords."""
    receiver = MailReceiver()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(receiver, loop=loop), receiver.host, 0)
    receiver.port = server.sockets[0].getsockname()[1]
    try:
        yield receiver
    finally:
        server.close()
        await server.wait_closed()
