"""Seals a dead letter: its value, key and the producer's headers together, for a holder of the key alone.

AES-256-GCM (NIST SP 800-38D) with a random nonce of 96 bits; the place of the raw record is authenticated with it, so
that a sealed value opens only on the dead letter it was made for.
"""

from __future__ import annotations

import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from google.protobuf.message import DecodeError

from assay.api.validation.v1.sealed_pb2 import SealedHeader, SealedRecord
from assay.streaming import headers
from assay.streaming.errors import SealError
from assay.streaming.keys import Keys
from assay.streaming.record import Headers, Outgoing, Record

__all__ = ["is_sealed", "seal", "unseal"]

NONCE_BYTES = 12


def is_sealed(record: Record) -> bool:
    """Whether value, key and the producer's headers of a dead letter are sealed."""
    return record.header(headers.SEAL) is not None


def seal(letter: Outgoing, keys: Keys) -> Outgoing:
    """Return the dead letter with all that the producer wrote sealed; Assay's headers and the trace stay readable."""
    clear = tuple(pair for pair in letter.headers if _is_clear(pair[0]))
    hidden = SealedRecord(
        key=letter.key,
        value=letter.value,
        headers=[
            SealedHeader(name=name.encode(errors="surrogateescape"), value=value)
            for name, value in letter.headers
            if not _is_clear(name)
        ],
    )
    key, nonce = keys.newest, secrets.token_bytes(NONCE_BYTES)
    sealed = AESGCM(key.secret).encrypt(nonce, hidden.SerializeToString(), _place(clear))
    mark = (headers.SEAL, f"{key.id}/{nonce.hex()}".encode())
    return letter._replace(key=None, value=sealed, headers=(*clear, mark))


def unseal(record: Record, keys: Keys) -> Record:
    """Return the dead letter with the exact bytes that the producer wrote; one that is not sealed as it is.

    Raises:
        KeyUnknownError: its key is not held here.
        SealError: it was changed after it was sealed, or never sealed by Assay.
    """
    mark = record.header(headers.SEAL)
    if mark is None:
        return record
    key_id, _, nonce = mark.partition("/")
    secret = keys.of(key_id).secret
    clear = tuple(pair for pair in record.headers if pair[0] != headers.SEAL)
    try:
        opened = AESGCM(secret).decrypt(bytes.fromhex(nonce), record.value or b"", _place(clear))
        hidden = SealedRecord.FromString(opened)
    except (InvalidTag, ValueError, DecodeError) as error:
        raise SealError(str(headers.source_of(record))) from error
    return record._replace(
        key=hidden.key if hidden.HasField("key") else None,
        value=hidden.value if hidden.HasField("value") else None,
        headers=(*map(_pair, hidden.headers), *clear),
    )


def _is_clear(name: str) -> bool:
    return name.startswith(headers.PREFIX) or name == headers.TRACEPARENT


def _place(clear: Headers) -> bytes:
    return dict(clear).get(headers.SOURCE) or b""


def _pair(header: SealedHeader) -> tuple[str, bytes | None]:
    name = header.name.decode(errors="surrogateescape")
    return name, header.value if header.HasField("value") else None
