"""What makes dead letters alike: the identity of a failure, from their verdict alone. Pure."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import astuple, dataclass
from functools import cached_property, lru_cache

from assay.contracts import Violation

__all__ = ["Identity", "identity_of"]

FINGERPRINT_DIGITS = 16
_PLACE = re.compile(r"/\d+(?=/|$)")
_HASH = re.compile(r"\b[0-9a-f]{16,}\b")
_NUMBER = re.compile(r"\d+")
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
        shape=_NUMBER.sub("#", _HASH.sub("#", first.found))[:MAX_WORD] if first else "",
        producer=producer[:MAX_WORD],
    )
