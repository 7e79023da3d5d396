"""Reads a channels file: every key is known, every name is there, and what is wrong is told with its line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from assay.alerts.errors import ChannelsFileError
from assay.alerts.messages.links import fault_of
from assay.alerts.routing.routes import Routes, Way
from assay.alerts.routing.rules import PROMISES, Operator, Rule, When
from assay.contracts import ContractError, Finding
from assay.contracts.document import Document, parse
from assay.contracts.words import did_you_mean, listed

__all__ = ["KINDS", "read_routes"]

KINDS = ("alertmanager", "webhook", "apprise", "log", "file")
MOST_CHANNELS, MOST_RULES = 100, 500
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$")]


class _Channel(BaseModel):
    """What a route needs to know of a channel; the channel itself reads the rest."""

    model_config = ConfigDict(extra="allow", frozen=True)
    kind: Literal["alertmanager", "webhook", "apprise", "log", "file"]
    to: Literal["contact"] | None = None


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    channels: Annotated[dict[Name, _Channel], Field(min_length=1, max_length=MOST_CHANNELS)]
    routes: Annotated[tuple[Rule, ...], Field(min_length=1, max_length=MOST_RULES)]
    links: dict[Name, str] = Field(default_factory=dict)
    operators: tuple[Operator, ...] = ()


def read_routes(text: bytes, file: str) -> Routes:
    """Return what the file says; no secret that it names is read.

    Raises:
        ChannelsFileError: it is no YAML, has a key or a name that is unknown, or a value that can't be.
    """
    try:
        document = parse(text, file)
    except ContractError as error:
        raise ChannelsFileError(error.findings) from error
    try:
        read = _File.model_validate(document.value)
    except ValidationError as error:
        raise ChannelsFileError([_finding(document, each) for each in error.errors(include_url=False)]) from error
    if findings := [*_unknown(document, read), *_bad_links(document, read)]:
        raise ChannelsFileError(findings)
    ways = {name: Way(name, each.kind, each.to == "contact") for name, each in read.channels.items()}
    return Routes(ways, read.routes, read.links, tuple(each.recipient for each in read.operators))


def _unknown(document: Document, read: _File) -> Iterator[Finding]:
    for place, rule in enumerate(read.routes):
        for name in rule.to:
            if name not in read.channels:
                near = did_you_mean(name, read.channels)
                yield document.finding(("routes", place, "to"), f"no channel is called {name!r}{near}")


def _bad_links(document: Document, read: _File) -> Iterator[Finding]:
    for name, template in read.links.items():
        if fault := fault_of(template):
            yield document.finding(("links", name), f"link {name!r}: {fault}")


def _finding(document: Document, error: ErrorDetails) -> Finding:
    place = error["loc"]
    return document.finding(place, f"{'.'.join(map(str, place))}: {_words(error)}")


def _words(error: ErrorDetails) -> str:
    name = str(error["loc"][-1])
    if error["type"] == "extra_forbidden":
        known = _keys(error["loc"])
        return f"no such key{did_you_mean(name, known)} (there are {listed(known)})"
    if error["type"] in ("enum", "literal_error"):
        known = _values(error["loc"])
        offered = f"; it is one of {listed(known)}" if known else ""
        return f"{str(error['input'])[:60]!r} is not known{did_you_mean(str(error['input'])[:60], known) or offered}"
    if error["type"] == "missing":
        return "it is missing"
    return error["msg"][:1].lower() + error["msg"][1:]


def _keys(place: Sequence[int | str]) -> Sequence[str]:
    """The keys that are known where this one is not."""
    if len(place) == 1:
        return tuple(_File.model_fields)
    if "when" in place:
        return tuple(When.model_fields)
    return tuple((Operator if place[0] == "operators" else Rule).model_fields)


def _values(place: Sequence[int | str]) -> Sequence[str]:
    """The words that are known where this one is not."""
    known: Mapping[str, Sequence[str]] = {
        "kind": KINDS,
        "to": ("contact",),
        "severity": ("info", "warning", "critical"),
        "role": ("owner", "consumer", "upstream", "downstream", "operator"),
        "promise": PROMISES,
    }
    return next((known[str(each)] for each in reversed(place) if str(each) in known), ())
