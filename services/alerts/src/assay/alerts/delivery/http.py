"""Posts bodies to other people's servers: every wait and every answer is bounded, no redirect is followed."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

import httpx
from pydantic import SecretStr

from assay.alerts.delivery.channel import DeliveryError, DeliveryRefusedError
from assay.alerts.plain import plain
from assay.runtime import StartError

__all__ = ["MOST_BYTES", "Http", "retry_after_s"]

MOST_BYTES = 65_536
MOST_SHOWN = 200
_TRANSIENT = frozenset({408, 425, 429})
_AGENT = "assay-alerts"


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    retry_after: str
    said: str


class Http:
    """A server at one address, open for the block. TLS is always verified; proxies of the environment are not used.

    Only the scheme, host and port of the address are ever shown: the rest may hold a secret.

    Args:
        url: where bodies are posted to.
        ca: a file of certificate authorities to trust in place of the system's.
        connect_s: how long a connection may take.
        timeout_s: how long one attempt may take as a whole.
        shows: whether words of an answer may stand in an error: a server may repeat the secret it was sent.

    Raises:
        StartError: on making it, the file of authorities can't be read.
    """

    def __init__(
        self, url: SecretStr, ca: Path | None, *, connect_s: float, timeout_s: float, shows: bool = False
    ) -> None:
        self.place = _place(url.get_secret_value())
        self._url = url
        self._timeout_s = timeout_s
        self._shows = shows
        self._client = httpx.AsyncClient(
            verify=_trust(ca),
            follow_redirects=False,
            trust_env=False,
            timeout=httpx.Timeout(timeout_s, connect=connect_s),
            headers={"user-agent": _AGENT},
        )

    async def __aenter__(self) -> Self:
        await self._client.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.__aexit__(kind, error, trace)

    async def post(self, body: bytes, headers: Mapping[str, str] | None = None) -> None:
        """Post a JSON body; return once the server has taken it (2xx).

        Raises:
            DeliveryError: it did not answer in time, or asks to be tried again.
            DeliveryRefusedError: it will never take this body (4xx but 408, 425 and 429).
        """
        try:
            async with asyncio.timeout(self._timeout_s):
                answer = await self._ask(body, {"content-type": "application/json", **(headers or {})})
        except TimeoutError:
            raise DeliveryError(f"{self.place} did not answer within {self._timeout_s:g} s") from None
        except ssl.SSLError as error:  # the address stands in the chain of causes: it ends here
            raise DeliveryError(f"{self.place}: {plain(_tls(error), MOST_SHOWN)}") from None
        except (httpx.HTTPError, httpx.StreamError) as error:
            raise DeliveryError(f"{self.place}: {plain(_why(error), MOST_SHOWN)}") from None
        self._judge(answer)

    async def _ask(self, body: bytes, headers: Mapping[str, str]) -> _Answer:
        async with self._client.stream(
            "POST", self._url.get_secret_value(), content=body, headers=dict(headers)
        ) as response:
            said = b""
            async for part in response.aiter_raw():  # as it came: what is packed stays packed
                said += part
                if len(said) >= MOST_BYTES:
                    break
            return _Answer(
                response.status_code,
                response.headers.get("retry-after", ""),
                said[:MOST_BYTES].decode("utf-8", "replace"),
            )

    def _judge(self, answer: _Answer) -> None:
        status = answer.status
        if 200 <= status < 300:
            return
        said = f": {plain(answer.said, MOST_SHOWN)}" if self._shows and answer.said else ""
        if 300 <= status < 400:
            raise DeliveryError(
                f"{self.place} answered {status}: redirects are not followed; name the last address itself"
            )
        if 400 <= status < 500 and status not in _TRANSIENT:
            raise DeliveryRefusedError(f"{self.place} refused it with {status}{said}")
        raise DeliveryError(f"{self.place} answered {status}{said}", retry_after_s(answer.retry_after, _now))


def retry_after_s(header: str, now: Callable[[], datetime]) -> float | None:
    """Return the seconds that a Retry-After header asks for, in seconds or as a date; None where it says nothing."""
    if header.strip().isascii() and header.strip().isdigit():
        return float(header.strip()[:9])
    try:
        until = parsedate_to_datetime(header)
    except (TypeError, ValueError, IndexError, OverflowError):  # whatever a stranger's header makes of it
        return None
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return max((until - now()).total_seconds(), 0.0)


def _now() -> datetime:
    return datetime.now(UTC)


def _place(url: str) -> str:
    parts = urlsplit(url)
    host = f"[{parts.hostname}]" if parts.hostname and ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}" + (f":{parts.port}" if parts.port else "")


def _trust(ca: Path | None) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=ca)
    except OSError as error:
        raise StartError(f"can't read the certificate authorities in {ca}: {error}; name a PEM file") from error


def _tls(error: ssl.SSLError) -> str:
    return f"TLS: {getattr(error, 'verify_message', '') or error.reason or 'failed'}"


def _why(error: Exception) -> str:
    """What went wrong, of the innermost cause; the request itself is never shown."""
    inner: BaseException = error
    while inner.__cause__ or inner.__context__:
        inner = inner.__cause__ or inner.__context__ or inner
    if isinstance(error, httpx.TimeoutException):
        return "the connection took too long" if isinstance(error, httpx.ConnectTimeout) else "it fell silent"
    if isinstance(inner, ssl.SSLError):
        return _tls(inner)
    if isinstance(inner, OSError) and inner.strerror:
        return inner.strerror
    return str(error) or type(error).__name__
