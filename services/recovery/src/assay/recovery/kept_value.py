"""A record that a person resubmits, as the store keeps it until it is replayed. Pure but for the nonce.

AES-256-GCM with the newest key, bound to its run, so that it opens for that run alone. Where there are no keys it is kept
in the clear; who has classified fields does not come that far.
"""

from __future__ import annotations

import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from assay.streaming.errors import SealError
from assay.streaming.keys import Keys

__all__ = ["hidden", "revealed"]

CLEAR, SEALED = b"\0", b"\1"
NONCE_BYTES = 12


def hidden(value: bytes, run: str, keys: Keys | None) -> bytes:
    """Return what is kept of a value: sealed for this run where there are keys."""
    if keys is None:
        return CLEAR + value
    key, nonce = keys.newest, secrets.token_bytes(NONCE_BYTES)
    name = key.id.encode()
    return SEALED + bytes([len(name)]) + name + nonce + AESGCM(key.secret).encrypt(nonce, value, run.encode())


def revealed(kept: bytes, run: str, keys: Keys | None) -> bytes:
    """Return the value again.

    Raises:
        KeyUnknownError: its key is not held here.
        SealError: it is not what was kept for this run, or no keys are held.
    """
    if kept[:1] == CLEAR:
        return kept[1:]
    end = 2 + kept[1] if len(kept) > 1 else 0
    name, nonce, sealed = kept[2:end], kept[end : end + NONCE_BYTES], kept[end + NONCE_BYTES :]
    if kept[:1] != SEALED or keys is None:
        raise SealError(f"of run {run}")
    try:
        return AESGCM(keys.of(name.decode(errors="replace")).secret).decrypt(nonce, sealed, run.encode())
    except (InvalidTag, ValueError) as error:
        raise SealError(f"of run {run}") from error
