"""Signs a body as Standard Webhooks says, so that who takes it knows whose it is and that nobody changed it. Pure."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from urllib.parse import quote

from pydantic import SecretStr

from assay.runtime import StartError

__all__ = ["headers", "read_keys"]

PREFIX = "whsec_"
MOST_ID = 512
SHORTEST_KEY = 16


def headers(key: str, at_s: int, body: bytes, keys: Sequence[bytes]) -> Mapping[str, str]:
    """Return the three headers of a signed body; one signature for each key, so that keys can be changed in peace."""
    name = webhook_id(key)
    signed = f"{name}.{at_s}.".encode() + body
    signatures = (base64.b64encode(hmac.digest(each, signed, hashlib.sha256)).decode() for each in keys)
    return {
        "webhook-id": name,
        "webhook-timestamp": str(at_s),
        "webhook-signature": " ".join(f"v1,{signature}" for signature in signatures),
    }


def webhook_id(key: str) -> str:
    """The key as a header may hold it: percent-encoded, dots too; where that is long, the SHA-256 of the key."""
    quoted = quote(key, safe="/:@+").replace(".", "%2E")
    return quoted if len(quoted) <= MOST_ID else hashlib.sha256(key.encode()).hexdigest()


def read_keys(secret: SecretStr) -> list[bytes]:
    """Return the keys in a secret, split by spaces: base64 after `whsec_`, or the text itself.

    Raises:
        StartError: one is no base64, or so short that it can be guessed.
    """
    keys = [_read_key(text) for text in secret.get_secret_value().split()]
    if not keys or any(len(key) < SHORTEST_KEY for key in keys):
        raise StartError(
            f"the secret of a webhook must be at least {SHORTEST_KEY} bytes long; make one of random bytes"
        )
    return keys


def _read_key(text: str) -> bytes:
    if not text.startswith(PREFIX):
        return text.encode()
    encoded = text.removeprefix(PREFIX)
    try:
        return base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True)
    except binascii.Error:
        raise StartError(f"the secret of a webhook starts with {PREFIX}, and what follows is no base64") from None
