"""The rules of a channels file: which breach goes to whom through which channel, as an operator writes them."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from assay.alerts.breaches import Kind, Measurement, Recipient, Role, Severity
from assay.contracts import Promise, ServiceLevel

__all__ = ["PROMISES", "Operator", "Rule", "When", "kind_of"]

PROMISES = (
    "nullValues",
    "missingValues",
    "invalidValues",
    "rowCount",
    "latency",
    "errorRate",
    "frequency",
    "freshness",
    "promise",
    "invalid records",
    "service",
)
"""Kinds of promises that a rule may name; the last but two are those that the contract in force does not have."""


def _listed(value: object) -> object:
    """One word is a list of one."""
    return value if isinstance(value, list | tuple) else [value]


Texts = Annotated[tuple[Annotated[str, Field(min_length=1, max_length=200)], ...], BeforeValidator(_listed)]


class _Written(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class When(_Written):
    """What a rule asks for; all that is given must hold, of a list one. Texts are globs: `*` is any letters."""

    severity: Annotated[tuple[Severity, ...], BeforeValidator(_listed)] = ()
    role: Annotated[tuple[Role, ...], BeforeValidator(_listed)] = ()
    contract: Texts = ()
    promise: Annotated[tuple[Literal[PROMISES], ...], BeforeValidator(_listed)] = ()  # type: ignore[valid-type]  # a constant
    contact: Texts = ()
    recipient: Texts = ()
    tool: Texts = ()
    consumer: Texts = ()

    def matches(self, severity: Severity, contract: str, kind: str, recipient: Recipient) -> bool:
        """Whether a breach of that severity, contract and kind, told to that recipient, is meant."""
        return (
            (not self.severity or severity in self.severity)
            and (not self.role or recipient.role in self.role)
            and (not self.promise or kind in self.promise)
            and _meets(self.contract, contract)
            and _meets(self.contact, recipient.contact)
            and _meets(self.recipient, recipient.id)
            and _meets(self.tool, recipient.tool)
            and _meets(self.consumer, recipient.kind)
        )

    @property
    def words(self) -> str:
        """What is asked for, as it is written: `severity critical, role owner`; `always` where nothing is."""
        said = self.model_dump(exclude_defaults=True)
        return ", ".join(f"{name} {' or '.join(map(str, values))}" for name, values in said.items()) or "always"


class Rule(_Written):
    """One route: to these channels goes what `when` matches; with `stop` no later route is looked at."""

    when: When = When()
    to: Annotated[tuple[str, ...], BeforeValidator(_listed), Field(min_length=1)]
    stop: bool = False


class Operator(_Written):
    """Someone who runs Assay here, and hears of what concerns the machine."""

    id: Annotated[str, Field(min_length=1, max_length=200)]
    contact: Annotated[str, Field(max_length=200)] = ""
    tool: str = ""

    @property
    def recipient(self) -> Recipient:
        """Who is told."""
        return Recipient(self.id, self.contact, Role.OPERATOR, self.tool, "runs Assay here")


def kind_of(measurement: Measurement, promise: Promise | ServiceLevel | None) -> str:
    """Return what a rule calls the kind of a measurement: a metric, a service level, or what is no promise."""
    if measurement.kind is not Kind.PROMISE:
        return measurement.kind.value
    if isinstance(promise, ServiceLevel):
        return promise.kind
    return promise.metric if promise is not None else Kind.PROMISE.value


def _meets(globs: tuple[str, ...], text: str) -> bool:
    return not globs or any(fnmatchcase(text, each) for each in globs)
