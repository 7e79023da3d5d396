"""The keys that dead letters are sealed with: what a holder of keys offers, and the local file that is one."""

from __future__ import annotations

import base64
import binascii
import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, Self

from assay.runtime.errors import StartError
from assay.streaming.errors import KeyUnknownError

__all__ = ["Key", "KeyFile", "Keys"]

SECRET_BYTES = 32  # AES-256


@dataclass(frozen=True, slots=True)
class Key:
    """A secret and the id that records name it by."""

    id: str
    secret: bytes = field(repr=False)


class Keys(Protocol):
    """Whoever holds keys."""

    @property
    def newest(self) -> Key:
        """The key that is sealed with now."""
        ...

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of all keys that are held here, sorted."""
        ...

    def of(self, key_id: str) -> Key:
        """Return the key that a record names.

        Raises:
            KeyUnknownError: it is not held here.
        """
        ...


class KeyFile:
    """Keys in a JSON file that only its owner may read: `{"newest": ID, "keys": {ID: BASE64}}`."""

    def __init__(self, newest: str, keys: Mapping[str, Key]) -> None:
        self._newest = newest
        self._keys = dict(keys)

    @property
    def newest(self) -> Key:
        return self._keys[self._newest]

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(sorted(self._keys))

    def of(self, key_id: str) -> Key:
        if key_id not in self._keys:
            raise KeyUnknownError(key_id)
        return self._keys[key_id]

    @classmethod
    def read(cls, path: Path, variable: str) -> Self:
        """Read the keys of a file; `variable` is the setting that named it.

        Raises:
            StartError: there is no such file, or it is no key file. Its content is never shown.
        """
        try:
            held = json.loads(path.read_bytes())
            keys = {name: Key(name, base64.b64decode(secret, validate=True)) for name, secret in held["keys"].items()}
            newest = keys[held["newest"]].id
        except FileNotFoundError as error:
            raise StartError(
                f"there is no key file {path} ({variable}); make one with `assay keys create {path}`"
            ) from error
        except OSError as error:
            raise StartError(f"the key file {path} ({variable}) can't be read: {error.strerror}") from error
        except (ValueError, KeyError, TypeError, AttributeError, binascii.Error):
            raise StartError(f"{path} ({variable}) is no key file; make one with `assay keys create FILE`") from None
        if any(len(key.secret) != SECRET_BYTES for key in keys.values()):
            raise StartError(f"{path} ({variable}) holds a key that has not {SECRET_BYTES} bytes")
        return cls(newest, keys)

    @staticmethod
    def create(path: Path) -> None:
        """Write a file with one new key, readable by its owner alone.

        Raises:
            FileExistsError: there is a file; what is sealed with its keys could not be opened any more.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        key_id = secrets.token_hex(4)
        secret = base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump({"newest": key_id, "keys": {key_id: secret}}, file, indent=2)
            file.write("\n")
            file.flush()
            os.fsync(file.fileno())
