"""Schemas from a registry that speaks Confluent's REST: by id, and the newest of a subject."""

from __future__ import annotations

import base64
import ipaddress
import json
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass, field
from typing import Any

from assay.cli.errors import CommandError

__all__ = ["Registered", "Schemas"]

_ANSWER_S, _MOST_BYTES, _MOST_REFERENCES = 10.0, 16 * 1024 * 1024, 200
_ACCEPT = {"Accept": "application/vnd.schemaregistry.v1+json, application/json"}
_FORMS = {"AVRO": "avro", "JSON": "json-schema", "PROTOBUF": "protobuf"}


@dataclass(frozen=True, slots=True)
class Registered:
    """A schema with those that it refers to, each by the name it is referred to by, after those it uses itself."""

    form: str
    text: str
    references: dict[str, str] = field(default_factory=dict)


class Schemas:
    """Asks one registry; what it told once is not asked again."""

    def __init__(self, url: str) -> None:
        parts = urllib.parse.urlsplit(url if "://" in url else f"http://{url}")
        if parts.scheme not in ("http", "https") or not parts.hostname or not _has_port(parts):
            raise CommandError("the registry of schemas is named by a URL like http://127.0.0.1:8081")
        user, _, place = parts.netloc.rpartition("@")
        self._url = f"{parts.scheme}://{place}{parts.path.rstrip('/')}"
        self._authorization = _basic(parts) if user else ""
        here = parts.hostname == "localhost" or _is_loopback(parts.hostname)
        handlers = [urllib.request.ProxyHandler({})] if here else []
        self._opener = urllib.request.build_opener(*handlers)
        self._known: dict[int, Registered] = {}

    def by_id(self, number: int) -> Registered:
        """The schema of an id.

        Raises:
            CommandError: the registry does not answer, or has no such schema.
        """
        if number not in self._known:
            self._known[number] = self._read(self._asked(f"/schemas/ids/{number}"))
        return self._known[number]

    def newest(self, subject: str) -> Registered:
        """The newest schema of a subject.

        Raises:
            CommandError: the registry does not answer, or has no such subject.
        """
        return self._read(self._asked(f"/subjects/{urllib.parse.quote(subject, safe='')}/versions/latest"))

    def _read(self, answer: dict[str, Any]) -> Registered:
        references: dict[str, str] = {}
        try:
            self._collect(answer, references)
            form, text = _FORMS.get(str(answer.get("schemaType", "AVRO"))), str(answer["schema"])
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise CommandError(f"{self._url}: what answers there is no registry of schemas") from error
        if form is None:
            raise CommandError(f"{self._url}: a schema of type {answer.get('schemaType')!r} is not read")
        return Registered(form, text, references)

    def _collect(self, answer: dict[str, Any], into: dict[str, str]) -> None:
        for each in answer.get("references") or ():
            if each["name"] in into:
                continue
            if len(into) >= _MOST_REFERENCES:
                raise CommandError(f"{self._url}: a schema refers to more than {_MOST_REFERENCES} others")
            subject = urllib.parse.quote(str(each["subject"]), safe="")
            into[each["name"]] = ""  # a circle ends here
            found = self._asked(f"/subjects/{subject}/versions/{int(each['version'])}")
            self._collect(found, into)
            del into[each["name"]]
            into[each["name"]] = str(found["schema"])

    def _asked(self, path: str) -> dict[str, Any]:
        request = urllib.request.Request(self._url + path, headers=_ACCEPT)  # noqa: S310 -- http or https only
        if self._authorization:
            request.add_unredirected_header("Authorization", self._authorization)  # who redirects learns no password
        try:
            with self._opener.open(request, timeout=_ANSWER_S) as answer:
                found: dict[str, Any] = json.loads(answer.read(_MOST_BYTES))
        except urllib.error.HTTPError as error:
            raise CommandError(f"{self._url}{path}: the registry answers {error.code}{_said(error)}") from error
        except (OSError, ValueError) as error:
            raise CommandError(
                f"{self._url}: no registry of schemas answers there; name one with --schema-registry"
            ) from error
        return found


def _has_port(parts: urllib.parse.SplitResult) -> bool:
    """Whether the port, if one is named, is a number of one."""
    try:
        return parts.port != 0
    except ValueError:
        return False


def _basic(parts: urllib.parse.SplitResult) -> str:
    user = f"{urllib.parse.unquote(parts.username or '')}:{urllib.parse.unquote(parts.password or '')}"
    return f"Basic {base64.b64encode(user.encode()).decode()}"


def _said(error: urllib.error.HTTPError) -> str:
    try:
        with error:
            return f": {json.loads(error.read(10_000))['message']}"
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
