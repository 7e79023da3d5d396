"""What makes dead letters alike: the identity of a failure, from their verdict alone. Pure."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import astuple, dataclass
from functools import cached_property, lru_cache

from google.protobuf.message import DecodeError

from assay.api.validation.v1.verdict_pb2 import Violations
from assay.contracts import Violation
from assay.streaming import HeaderError, headers

__all__ = ["VERDICT", "Identity", "identity_in", "identity_of"]

VERDICT = (headers.CONTRACT, headers.REASON, headers.VIOLATIONS, headers.PRODUCER)
"""The headers of a dead letter that say which failure it is one of."""

FINGERPRINT_DIGITS = 16
_PLACE = re.compile(r"/\d+(?=/|$)")
_HASH = re.compile(r"\b[0-9a-f]{16,}\b")
_NUMBER = re.compile(r"\d+")
_ONE = re.compile(r"\b1 (character|item|property)\b")
_MANY = {"character": "characters", "item": "items", "property": "properties"}
MAX_PATH = 512
MAX_WORD = 128


@dataclass(frozen=True)
class Identity:
    """One failure. `path` has `*` for the places of an array; `shape` is what was found, without numbers."""

    contract: str
    version: str
    reason: str
    path: str
    rule: str
    shape: str
    producer: str

    @cached_property
    def fingerprint(self) -> str:
        """The same for the same failure, everywhere and for ever: 16 hexadecimal digits."""
        return hashlib.sha256(json.dumps(astuple(self)).encode()).hexdigest()[:FINGERPRINT_DIGITS]


@lru_cache(maxsize=4_096)
def identity_of(contract: str, version: str, reason: str, first: Violation | None, producer: str) -> Identity:
    """The failure that a dead letter with this verdict is one of."""
    return Identity(
        contract=contract,
        version=version,
        reason=reason,
        path=_PLACE.sub("/*", first.path)[:MAX_PATH] if first else "",
        rule=first.rule[:MAX_WORD] if first else "",
        shape=_shape(first.found)[:MAX_WORD] if first else "",
        producer=producer[:MAX_WORD],
    )


def _shape(found: str) -> str:
    """What was found, whatever its size: one character and two are the same shape."""
    many = _ONE.sub(lambda one: f"1 {_MANY[one[1]]}", found)
    return _NUMBER.sub("#", _HASH.sub("#", many))


def identity_in(found: Mapping[str, bytes | None]) -> Identity:
    """The failure that a dead letter with these headers is one of.

    Raises:
        HeaderError: its violations are no such message.
    """
    contract, reason, violations, producer = VERDICT
    return _identity(found.get(contract), found.get(reason), found.get(violations), found.get(producer))


@lru_cache(maxsize=4_096)
def _identity(
    contract: bytes | None, reason: bytes | None, violations: bytes | None, producer: bytes | None
) -> Identity:
    name, _, version = _text(contract).rpartition("@")
    return identity_of(name, version, _text(reason), _first(violations or b""), _text(producer))


def _first(packed: bytes) -> Violation | None:
    """The first violation of a header, None where there is none.

    Raises:
        HeaderError: it is no such message.
    """
    try:
        found = Violations.FromString(packed).violations
    except DecodeError as error:
        raise HeaderError(f"header {headers.VIOLATIONS} is no such message") from error
    return Violation(found[0].path, found[0].rule, found[0].expected, found[0].found) if found else None


def _text(value: bytes | None) -> str:
    return (value or b"").decode(errors="replace")
