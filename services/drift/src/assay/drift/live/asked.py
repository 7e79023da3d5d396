"""What a call asks for, checked: series, times, pages. Pure."""

from __future__ import annotations

import base64
import binascii
import struct
from collections.abc import Callable, Collection
from dataclasses import dataclass
from hashlib import blake2b

from assay.api.drift.v1 import drift_pb2 as pb
from assay.drift.errors import PageTokenError, RequestError
from assay.drift.windows.series import Series

__all__ = ["MAX_KEYS", "PAGE", "RangeAsked", "features_of", "limit_of", "moment", "range_asked", "series_of"]

MAX_KEYS, MAX_TEXT, MAX_FEATURES = 1_000, 1_000, 10_000
MAX_MS = 2**53
PAGE, MAX_PAGE = 100, 1_000
TOP, MAX_TOP = 10, 1_000

_TOKEN = struct.Struct(">8sq")


@dataclass(frozen=True, slots=True)
class RangeAsked:
    """Windows of a series that begin in a stretch of time, behind those of the pages before."""

    series: Series
    since_ms: int
    until_ms: int
    features: Collection[str]
    size: int
    with_open: bool
    question: bytes

    def token(self, last_ms: int) -> str:
        """Return what the page after the window that begins there is asked for by."""
        return base64.urlsafe_b64encode(_TOKEN.pack(self.question, last_ms)).decode()


def series_of(key: pb.WindowKey) -> Series:
    """Return the series that is named.

    Raises:
        RequestError: no model is named, or something too long.
    """
    if not key.model:
        raise RequestError("key.model", "name a model; `assay drift status` lists them")
    for name in ("model", "model_version", "segment"):
        if len(getattr(key, name)) > MAX_TEXT:
            raise RequestError(f"key.{name}", f"at most {MAX_TEXT:,} characters")
    if key.segment and "=" not in key.segment:
        raise RequestError("key.segment", "write it name=value; empty is all predictions")
    return Series(key.model, key.model_version, key.segment)


def features_of(names: Collection[str]) -> frozenset[str]:
    """Return the features that are asked for; none is all.

    Raises:
        RequestError: too many are named.
    """
    if len(names) > MAX_FEATURES:
        raise RequestError("features", f"{len(names):,} are named; at most {MAX_FEATURES:,}")
    return frozenset(names)


def limit_of(limit: int) -> int:
    """Return how many signals are asked for.

    Raises:
        RequestError: it is negative.
    """
    if limit < 0:
        raise RequestError("limit", "it is negative")
    return min(limit or TOP, MAX_TOP)


def moment(name: str, at_ms: int) -> int:
    """Return a time that is asked for.

    Raises:
        RequestError: it is negative, or later than any.
    """
    if not 0 <= at_ms <= MAX_MS:
        raise RequestError(name, "it is no time in Unix milliseconds")
    return at_ms


def range_asked(request: pb.GetRangeRequest, named: Callable[[Series], Series]) -> RangeAsked:
    """Return which windows are asked for, those of the next page where a token is given.

    `named` says which version is meant where the request names none: pages are all of one.

    Raises:
        RequestError: a field can't be used.
        PageTokenError: the token belongs to another question.
    """
    series, features = named(series_of(request.key)), features_of(request.features)
    since_ms, until_ms = moment("since_ms", request.since_ms), moment("until_ms", request.until_ms)
    if until_ms and until_ms <= since_ms:
        raise RequestError("until_ms", "it is not after since_ms")
    if request.page_size < 0:
        raise RequestError("page_size", "it is negative")
    size, question = min(request.page_size or PAGE, MAX_PAGE), _question(request, series)
    if request.page_token:
        since_ms = _read(request.page_token, question) + 1
    return RangeAsked(series, since_ms, until_ms, features, size, request.with_open, question)


def _question(request: pb.GetRangeRequest, series: Series) -> bytes:
    """What stays the same from page to page; the size of a page need not."""
    asked = pb.GetRangeRequest()
    asked.CopyFrom(request)
    asked.key.model_version = series.version
    asked.ClearField("page_token")
    asked.ClearField("page_size")
    return blake2b(asked.SerializeToString(deterministic=True), digest_size=8).digest()


def _read(token: str, question: bytes) -> int:
    try:
        asked, last_ms = _TOKEN.unpack(base64.urlsafe_b64decode(token.encode()))
    except (ValueError, binascii.Error, struct.error) as error:
        raise PageTokenError from error
    if asked != question or not 0 <= last_ms <= MAX_MS:
        raise PageTokenError
    return int(last_ms)
