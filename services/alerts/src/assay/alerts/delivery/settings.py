"""The kinds of channels, as the channels file states them; secrets are named there, never written."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Literal, Self, TypeAlias
from urllib.parse import urlsplit

import httpx
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, model_validator

from assay.runtime import StartError

__all__ = [
    "AlertmanagerSettings",
    "AppriseSettings",
    "ChannelSettings",
    "FileSettings",
    "LogSettings",
    "Secret",
    "WebhookSettings",
]

MOST_BYTES = 65_536
MOST_URL = 2_048


class _Settings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Secret(_Settings):
    """Where a secret is: `{env: NAME}` or `{file: path}`. Nothing is read before `value` is asked for."""

    env: str = ""
    file: Path | None = None

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if bool(self.env) == bool(self.file):
            raise ValueError("name one place of the secret: {env: NAME} or {file: path}")
        return self

    def value(self) -> SecretStr:
        """Read the secret, without space around it.

        Raises:
            StartError: it is not there, or empty.
        """
        text = os.environ.get(self.env, "") if self.file is None else _read(self.file)
        if not text.strip():
            raise StartError(
                f"the secret in {self._place} is not set; set it, or name another place in the channels file"
            )
        return SecretStr(text.strip())

    @property
    def _place(self) -> str:
        return f"the file {self.file}" if self.file else f"the variable {self.env}"


def _read(path: Path) -> str:
    try:
        with path.open(encoding="utf-8") as file:
            return file.read(MOST_BYTES)
    except (OSError, UnicodeDecodeError) as error:
        raise StartError(f"can't read the secret in the file {path}: {type(error).__name__}") from error


def _http_url(text: str) -> str:
    try:
        parts = urlsplit(text)
        is_whole = (
            parts.scheme in ("http", "https") and bool(httpx.URL(text).host) and (parts.port is None or parts.port > 0)
        )
    except (ValueError, httpx.InvalidURL):
        is_whole = False
    if not is_whole or not text.isprintable() or " " in text or len(text) > MOST_URL:
        raise ValueError("an address of http:// or https:// is needed")  # the text itself may hold a password
    return text


HttpUrl: TypeAlias = Annotated[str, AfterValidator(_http_url)]


class _HttpSettings(_Settings):
    url: HttpUrl | Secret = Field(repr=False, description="where alerts are posted to; a secret where it holds one")
    ca: Path | None = Field(
        default=None, description="file of the certificate authorities to trust in place of the system's"
    )
    connect_s: float = Field(default=5.0, gt=0, le=60, description="how long a connection may take")
    timeout_s: float = Field(default=15.0, gt=0, le=300, description="how long one attempt may take as a whole")
    at_once: int = Field(default=4, ge=1, le=32, description="alerts under way at once")

    def address(self, path: str = "") -> SecretStr:
        """The URL, with the path at its end; raises StartError where it is a secret that is not set, or no address."""
        text = self.url if isinstance(self.url, str) else self.url.value().get_secret_value()
        try:
            _http_url(text)
        except ValueError as error:
            raise StartError(f"the secret URL of a channel: {error}") from None
        return SecretStr(f"{text.rstrip('/')}{path}" if path else text)


class AlertmanagerSettings(_HttpSettings):
    """An Alertmanager, by its API v2."""

    kind: Literal["alertmanager"]
    every_s: float = Field(default=60.0, gt=0, le=3_600, description="how often what still fires is said again")
    ends_after_s: float = Field(
        default=900.0, gt=0, le=86_400, description="how long after the last word a firing alert is over there"
    )

    @model_validator(mode="after")
    def _outlives_a_round(self) -> Self:
        if self.ends_after_s < 2 * self.every_s:
            raise ValueError("ends_after_s must be at least twice every_s, or alerts end between two rounds")
        return self


class WebhookSettings(_HttpSettings):
    """Any HTTP server; bodies are signed as Standard Webhooks says."""

    kind: Literal["webhook"]
    secret: Secret = Field(description="`whsec_` and base64, or the key's own text; several, split by spaces, sign all")


class AppriseSettings(_Settings):
    """Whatever Apprise reaches: mail, chats, telephones."""

    kind: Literal["apprise"]
    url: Secret = Field(description="a URL of Apprise")
    to: Literal["contact"] | None = Field(default=None, description="put the recipient's own mail address in")
    timeout_s: float = Field(default=30.0, gt=0, le=300, description="how long one attempt may take as a whole")
    at_once: int = Field(default=2, ge=1, le=8, description="alerts under way at once, each in a process")


class FileSettings(_Settings):
    """A file that other programs follow, one JSON object a line."""

    kind: Literal["file"]
    path: Path = Path(".assay/outbox.ndjson")


class LogSettings(_Settings):
    """The log of the service."""

    kind: Literal["log"]


ChannelSettings: TypeAlias = Annotated[
    AlertmanagerSettings | WebhookSettings | AppriseSettings | FileSettings | LogSettings, Field(discriminator="kind")
]
