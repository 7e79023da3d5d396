"""An alert to the bytes that are kept of it, and back."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from typing import TypeAlias

from assay.alerts.breaches import Kind, Recipient, Role, Severity, State
from assay.alerts.delivery.delivery import Delivery
from assay.alerts.messages.message import Message

__all__ = ["read_delivery", "write_delivery"]

Json: TypeAlias = "str | float | Sequence[Json] | Mapping[str, Json] | None"


def write_delivery(delivery: Delivery) -> bytes:
    """Return the alert as JSON of ASCII: whatever a text holds, it can be kept."""
    return json.dumps(asdict(delivery), separators=(",", ":")).encode()


def read_delivery(payload: bytes) -> Delivery:
    """Return the alert that `write_delivery` made these bytes of; what an older one lacks has its default."""
    kept = json.loads(payload)
    kept = {name: kept[name] for name in _NAMES & kept.keys()}
    kept["state"] = State(kept["state"])
    kept["severity"] = Severity(kept["severity"])
    kept["kind"] = Kind(kept.get("kind", Kind.PROMISE))
    kept["recipients"] = tuple(_recipient(recipient) for recipient in kept["recipients"])
    kept["message"] = _message(kept["message"])
    return Delivery(**kept)


def _recipient(kept: Mapping[str, str]) -> Recipient:
    return Recipient(kept["id"], kept["contact"], Role(kept["role"]), kept["tool"], kept["why"])


def _message(kept: Mapping[str, Json]) -> Message:
    return Message(**{name: _tuples(value) for name, value in kept.items()})  # type: ignore[arg-type]  # as asdict wrote


def _tuples(value: Json) -> object:
    return tuple(_tuples(each) for each in value) if isinstance(value, list) else value


_NAMES = {field.name for field in fields(Delivery)}
