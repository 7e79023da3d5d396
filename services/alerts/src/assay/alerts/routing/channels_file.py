"""Reads a channels file: every key is known, every name is there, and what is wrong is told with its line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from assay.alerts.delivery.settings import (
    AlertmanagerSettings,
    AppriseSettings,
    ChannelSettings,
    FileSettings,
    LogSettings,
    Secret,
    WebhookSettings,
)
from assay.alerts.errors import ChannelsFileError
from assay.alerts.messages.links import fault_of
from assay.alerts.routing.routes import Routes, Way
from assay.alerts.routing.rules import PROMISES, Operator, Rule, When
from assay.contracts import ContractError, Finding
from assay.contracts.document import Document, parse
from assay.contracts.words import did_you_mean, listed

__all__ = ["KINDS", "ChannelsFile", "read_channels"]

SETTINGS: Mapping[str, type[BaseModel]] = {
    "alertmanager": AlertmanagerSettings,
    "webhook": WebhookSettings,
    "apprise": AppriseSettings,
    "file": FileSettings,
    "log": LogSettings,
}
KINDS = tuple(SETTINGS)
MOST_CHANNELS, MOST_RULES = 100, 500
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$")]


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    channels: Annotated[dict[Name, ChannelSettings], Field(min_length=1, max_length=MOST_CHANNELS)]
    routes: Annotated[tuple[Rule, ...], Field(min_length=1, max_length=MOST_RULES)]
    links: dict[Name, str] = Field(default_factory=dict)
    operators: tuple[Operator, ...] = ()


@dataclass(frozen=True, slots=True)
class ChannelsFile:
    """What a channels file says: how each channel is reached, and the rules that lead there."""

    channels: Mapping[str, ChannelSettings]
    routes: Routes


def read_channels(text: bytes, file: str) -> ChannelsFile:
    """Return what the file says; no secret that it names is read.

    Raises:
        ChannelsFileError: it is no YAML, has a key or a name that is unknown, or a value that can't be.
    """
    try:
        document = parse(text, file)
    except ContractError as error:
        raise ChannelsFileError([_of_this_file(each) for each in error.findings]) from error
    try:
        read = _File.model_validate(document.value)
    except ValidationError as error:
        faults = list(_faults(error))
        told = [each for each in faults if not each.follows_from(faults)]
        raise ChannelsFileError([document.finding(each.place, each.words) for each in told]) from error
    if findings := [*_unknown(document, read), *_bad_links(document, read)]:
        raise ChannelsFileError(findings)
    ways = {name: Way(name, each.kind, _is_addressed(each)) for name, each in read.channels.items()}
    operators = tuple(each.recipient for each in read.operators)
    return ChannelsFile(read.channels, Routes(ways, read.routes, read.links, operators))


def _is_addressed(channel: ChannelSettings) -> bool:
    return isinstance(channel, AppriseSettings) and channel.to == "contact"


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


def _faults(error: ValidationError) -> Iterator[_Fault]:
    """Of a channel the kind stands in the place, and the alternatives of a value; neither is in the file."""
    for each in error.errors():
        place = tuple(part for part in each["loc"] if "[" not in str(part) and part != Secret.__name__)
        kind = str(place[2]) if len(place) > 2 and place[0] == "channels" and place[2] in KINDS else ""
        place = (*place[:2], *place[3:]) if kind else place
        found = each["ctx"]["tag"] if each["type"] == "union_tag_invalid" else each["input"]
        yield _Fault(place, each["type"], found, each["msg"], kind)


def _of_this_file(finding: Finding) -> Finding:
    """The reader of contracts reads this file too, and speaks of contracts."""
    return replace(finding, message=finding.message.replace("a contract", "a channels file"))


@dataclass(frozen=True, slots=True)
class _Fault:
    """One thing that pydantic found: where, of what type, what was there, and what it says."""

    place: tuple[int | str, ...]
    type: str
    found: object
    message: str
    kind: str = ""

    def follows_from(self, faults: Sequence[_Fault]) -> bool:
        """Whether a list is too short only because what stands in it is wrong."""
        size = len(self.place)
        return self.type == "too_short" and any(
            len(each.place) > size and each.place[:size] == self.place for each in faults
        )

    @property
    def words(self) -> str:
        """What is wrong and what would be right. What was found is shown only where it is one word of a closed list."""
        return f"{'.'.join(map(str, self.place))}: {self._problem}"

    @property
    def _problem(self) -> str:
        if self.type == "union_tag_invalid":
            return f"kind {self.found!r} is not known{did_you_mean(str(self.found), KINDS)} (there are {listed(KINDS)})"
        if self.type == "union_tag_not_found":
            return f"its kind is missing (there are {listed(KINDS)})"
        if self.type == "extra_forbidden":
            known = _keys(self.place, self.kind)
            return f"no such key{did_you_mean(str(self.place[-1]), known)} (there are {listed(known)})"
        if self.type in ("enum", "literal_error"):
            word, known = str(self.found)[:60], _values(self.place)
            near = did_you_mean(word, known)
            return f"{word!r} is not known{near}{f' (there are {listed(known)})' if known else ''}"
        if self.type == "model_type" and self.kind:
            return "a secret is named here and never written: {env: NAME} or {file: path}"
        if self.type == "missing":
            return "it is missing"
        said = self.message.removeprefix("Value error, ")
        return said[:1].lower() + said[1:]


def _keys(place: Sequence[int | str], kind: str) -> Sequence[str]:
    """The keys that are known where this one is not."""
    if kind:
        return tuple(SETTINGS[kind].model_fields) if len(place) == 3 else tuple(Secret.model_fields)
    if len(place) == 1:
        return tuple(_File.model_fields)
    if "when" in place:
        return tuple(When.model_fields)
    return tuple((Operator if place[0] == "operators" else Rule).model_fields)


def _values(place: Sequence[int | str]) -> Sequence[str]:
    """The words that are known where this one is not."""
    known: Mapping[str, Sequence[str]] = {
        "to": ("contact",),
        "severity": ("info", "warning", "critical"),
        "role": ("owner", "consumer", "upstream", "downstream", "operator"),
        "promise": PROMISES,
    }
    return next((known[str(each)] for each in reversed(place) if str(each) in known), ())
