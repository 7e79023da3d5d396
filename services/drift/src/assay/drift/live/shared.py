"""How windows lie in Redis, and what may go wrong there."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from assay.drift.live.held import Held
from assay.drift.windows.series import Series
from assay.runtime import StartError

if TYPE_CHECKING:
    from redis.asyncio import Redis

__all__ = ["ANSWER_S", "CHANNEL", "SERIES", "body_of", "connected", "coped", "keys_of", "name_of", "rank_of"]

SERIES = "{assay:drift}:series"
"""A set of the names of all series. The braces keep all keys in one slot of a cluster, where a script finds them."""

CHANNEL = "{assay:drift}:judged"
"""Tells of every window that was written, with its bytes."""

ANSWER_S = 2.0
"""How long Redis may take to answer. Whoever asks sets the clock: the client's own is made of `asyncio.wait_for`, which
before Python 3.12 swallows a cancellation that comes together with what is waited for."""

_RANK = 26
"""Letters before the bytes of a window that say how new its revision is."""


def connected(url: str) -> Redis:
    """Return a client; it connects when it is first asked, and tries nothing twice.

    Raises:
        StartError: the address can't be read, or the client is not installed.
    """
    try:
        from redis.asyncio import Redis
        from redis.asyncio.retry import Retry
        from redis.backoff import NoBackoff
    except ImportError as error:
        raise StartError("ASSAY_DRIFT_LIVE needs a client: pip install 'assay-drift[redis]'") from error
    try:
        return Redis.from_url(url, socket_timeout=None, socket_connect_timeout=ANSWER_S, retry=Retry(NoBackoff(), 0))
    except ValueError:  # it may name the password
        raise StartError("ASSAY_DRIFT_LIVE is no address of Redis; write redis://host:6379/0") from None


def coped() -> tuple[type[BaseException], ...]:
    """Return the errors after which Redis is asked again."""
    from redis.exceptions import RedisError

    return RedisError, OSError, TimeoutError


def name_of(series: Series) -> str:
    """Return the name of a series in Redis."""
    return json.dumps(series, ensure_ascii=False)


def keys_of(name: str) -> tuple[str, str]:
    """Return the keys of a series: its windows by their start, and their starts in order."""
    return f"{{assay:drift}}:windows:{name}", f"{{assay:drift}}:starts:{name}"


def rank_of(held: Held) -> str:
    """Return text that is greater for what replaces another revision."""
    is_complete, revision, judged_at_ms = held.age
    return f"{is_complete:d}{revision:010d}{judged_at_ms:015d}"


def body_of(value: bytes) -> bytes:
    """Return the bytes of the window in a value of the hash."""
    return value[_RANK:]
