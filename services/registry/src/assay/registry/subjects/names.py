"""Names of subjects and the contexts they are in: `:.context:subject`, or plain in the default context."""

from __future__ import annotations

from dataclasses import dataclass

from assay.registry.subjects.errors import SubjectInvalidError

__all__ = ["DEFAULT_CONTEXT", "GLOBAL", "SubjectName", "read_context", "read_prefix", "read_scope", "read_subject"]

DEFAULT_CONTEXT = "."
MAX_NAME_BYTES = 1_000
"""A Kafka topic has 249 at most; names of records are longer. An index of PostgreSQL takes 2,700."""


@dataclass(frozen=True, slots=True, order=True)
class SubjectName:
    """A subject in its context; without a name it is the context itself, as the scope of settings."""

    context: str = DEFAULT_CONTEXT
    name: str = ""

    @property
    def is_global(self) -> bool:
        """Whether it is the scope of everything: the default context."""
        return self == GLOBAL

    def __str__(self) -> str:
        return self.name if self.context == DEFAULT_CONTEXT else f":{self.context}:{self.name}"


GLOBAL = SubjectName()


def read_subject(text: str, context: str = DEFAULT_CONTEXT) -> SubjectName:
    """Read the name of a subject; one that is not qualified is in `context`.

    Raises:
        SubjectInvalidError: it is empty, too long, or has control characters.
    """
    name = _split(text, context)
    if not name.name or name.name.startswith("__"):
        raise SubjectInvalidError(text)
    return name


def read_scope(text: str, context: str = DEFAULT_CONTEXT) -> SubjectName:
    """Read what settings are of: a subject, or a context, written `:.context:`."""
    name = _split(text, context)
    if not text or name.name.startswith("__"):
        raise SubjectInvalidError(text)
    return name


def read_context(text: str) -> str:
    """Read the name of a context, with or without its dot and colons."""
    bare = text.strip(":").removeprefix(".")
    name = f".{bare}"
    if ":" in name or not _is_fit(name):
        raise SubjectInvalidError(text)
    return name


def read_prefix(text: str, context: str | None) -> tuple[str | None, str]:
    """Read what subjects are sought by: a context, or None for all of them, and how their names begin.

    Raises:
        SubjectInvalidError: no name begins so.
    """
    if not _is_fit(text):
        raise SubjectInvalidError(text)
    if text.startswith(":*:"):
        return context, text[3:]
    if text.startswith(":."):
        name = _split(text, DEFAULT_CONTEXT)
        return name.context, name.name
    return context or (DEFAULT_CONTEXT if text else None), text


def _split(text: str, context: str) -> SubjectName:
    if not _is_fit(text):
        raise SubjectInvalidError(text)
    if not text.startswith(":."):
        return SubjectName(context, text)
    place, _, name = text[1:].partition(":")
    return SubjectName(place, name)


def _is_fit(text: str) -> bool:
    is_text = not any(sign < " " or "\x7f" <= sign <= "\x9f" or "\ud800" <= sign <= "\udfff" for sign in text)
    return is_text and len(text) <= MAX_NAME_BYTES and len(text.encode()) <= MAX_NAME_BYTES
