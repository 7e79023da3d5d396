"""The contract as the rest of Assay reads it: what a record looks like, where it goes, who owns and reads it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from assay.contracts.flow import Flow
from assay.contracts.maintenance import Maintenance
from assay.contracts.model_log import ModelLog
from assay.contracts.monitoring import Monitoring
from assay.contracts.promise import Promise
from assay.contracts.service_level import ServiceLevel

__all__ = [
    "Contract",
    "Field",
    "OnLate",
    "Ordered",
    "Party",
    "Rule",
    "Scalar",
    "SupportChannel",
    "Topics",
    "Upstream",
    "Watermark",
    "WireForm",
    "record_fields",
]

Scalar = str | int | float | bool | None
"""A single JSON value."""

WireForm = Literal["json", "avro", "protobuf"]
"""How the records of a contract are written on its topics."""

OnLate = tuple[Literal["flag", "dead-letter", "drop-from-window"], int]
"""What becomes of a record that arrives more than so many milliseconds after its event time."""


@dataclass(frozen=True, slots=True)
class Field:
    """One property of a record; `type` is its ODCS logicalType, `options` its logicalTypeOptions.

    An array has `items`, an object `properties`, a map `keys` and `values`.
    """

    name: str
    type: str
    required: bool = False
    enum: tuple[Scalar, ...] = ()
    options: Mapping[str, object] = field(default_factory=dict, hash=False)
    items: Field | None = None
    properties: tuple[Field, ...] = ()
    unit: str = ""
    classification: str = ""
    physical: str = ""
    keys: Field | None = None
    values: Field | None = None

    @property
    def is_secret(self) -> bool:
        """Whether it is classified itself, as anything else than public."""
        return self.classification.lower() not in ("", "public")

    @property
    def is_classified(self) -> bool:
        """Whether it or something in it is classified as anything else than public."""
        inside = (*self.properties, *filter(None, (self.items, self.keys, self.values)))
        return self.is_secret or any(each.is_classified for each in inside)


@dataclass(frozen=True, slots=True)
class Topics:
    """The Kafka topics of a contract; a source that the contract does not have is None."""

    raw_app: str | None
    raw_cdc: str | None
    raw_replay: str
    validated: str
    dead_letters: str
    settled: str

    @property
    def raw(self) -> tuple[str, ...]:
        """The topics that validation reads."""
        return tuple(name for name in (self.raw_app, self.raw_cdc, self.raw_replay) if name)

    @property
    def all(self) -> tuple[str, ...]:
        """Every topic of the contract."""
        return (*self.raw, self.validated, self.dead_letters, self.settled)


@dataclass(frozen=True, slots=True)
class Ordered:
    """How later records of a key wait behind one that failed.

    None is held back for longer than `timeout_s` after the one that failed arrived, and no more than `max_held` of a
    partition are waited for; what is beyond that goes on, out of order.
    """

    timeout_s: int = 900
    max_held: int = 10_000


@dataclass(frozen=True, slots=True)
class Party:
    """Someone a contract binds: its owner, or a consumer and the fields it reads (`*` is all of them).

    `accounts` are those who may say yes for it: accounts of a forge, or e-mail addresses.
    """

    id: str
    contact: str
    reads: tuple[str, ...] = ("*",)
    kind: str = ""
    accounts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rule:
    """A CEL condition over the top-level fields of a record; a record keeps it when it is true."""

    id: str
    expr: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class SupportChannel:
    """Where the owner of a contract is reached; `tool` and `scope` are the words of the standard, like slack, notifications."""

    channel: str
    tool: str = ""
    url: str = ""
    scope: str = ""


@dataclass(frozen=True, slots=True)
class Upstream:
    """Where the data comes from: a dataset as OpenLineage names it, or the contract of that id."""

    namespace: str = ""
    name: str = ""
    contract: str = ""


@dataclass(frozen=True, slots=True)
class Watermark:
    """How far behind the newest event its watermark stays, and after how long without a record a partition is idle."""

    delay_s: int = 30
    idle_s: int = 30


@dataclass(frozen=True, slots=True)
class Contract:
    """What a stream of records looks like, means and guarantees, and who produces and reads it.

    `text` is the file it was read from, byte for byte; everything else is derived from it.
    """

    id: str
    version: str
    name: str
    status: str
    text: bytes = field(repr=False)
    kind: Literal["direct", "cdc"]
    fields: tuple[Field, ...]
    key: tuple[str, ...]
    topics: Topics
    owner: Party
    event_time: str | None = None
    timezone: str = "UTC"
    partitions: int = 3
    max_record_bytes: int = 1024 * 1024
    retention_h: int = 168
    validated_retention_h: int = 168
    dead_letters_retention_h: int = 168
    openness: Literal["closed", "open"] = "closed"
    enforcement: Literal["enforce", "observe"] = "enforce"
    rules: tuple[Rule, ...] = ()
    flows: tuple[Flow, ...] = ()
    max_attempts: int = 3
    promises: tuple[Promise, ...] = ()
    consumers: tuple[Party, ...] = ()
    load: Literal["flag", "hold"] = "flag"
    form: WireForm = "json"
    dedup_s: int | None = None
    ordered: Ordered | None = None
    on_late: OnLate | None = None
    record: str = "record"
    levels: tuple[ServiceLevel, ...] = ()
    is_production: bool = False
    watermark: Watermark = Watermark()
    maintenance: tuple[Maintenance, ...] = ()
    upstream: tuple[Upstream, ...] = ()
    channels: tuple[SupportChannel, ...] = ()
    model_log: ModelLog | None = None
    monitoring: Monitoring = field(default_factory=Monitoring)

    @property
    def is_classified(self) -> bool:
        """Whether some field, however deep, is classified as anything else than public."""
        return any(field.is_classified for field in self.fields)

    @property
    def measured(self) -> tuple[Promise | ServiceLevel, ...]:
        """All that is measured: quality lines, then service levels."""
        return (*self.promises, *self.levels)


def record_fields(contract: Contract) -> tuple[tuple[str, str], ...]:
    """The columns of a contract's records: name and ODCS logicalType of each top-level field, in order."""
    return tuple((each.name, each.type) for each in contract.fields)
