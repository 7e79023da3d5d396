"""An alert: what one channel is to carry to one target about one breach."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from assay.alerts.breaches import Kind, Recipient, Role, Severity, State
from assay.alerts.messages.message import Message

__all__ = ["Delivery", "Role", "Severity", "key_of"]


@dataclass(frozen=True, slots=True)
class Delivery:
    """One alert about the firing of a breach, or about its end.

    `key` is the same however often the alert is sent, so that whoever takes it may drop repeats by it. Alerts of one
    channel, target and fingerprint go out in the order in which they were posted; the target is a recipient's id where
    a channel tells each for himself, and empty where one alert tells all.

    `labels` are what routes, groupings and silences go by; `starts_ms` is when the breach began, `ends_ms` when it was
    over. `kind`, `window`, `promised`, `measured` and `cause` are the words of the measurement, for programs; people
    read the message.
    """

    key: str
    breach: str
    fingerprint: str
    state: State
    severity: Severity
    channel: str
    recipients: tuple[Recipient, ...]
    contract: str
    promise: str
    message: Message
    labels: Mapping[str, str] = field(default_factory=dict)
    starts_ms: int = 0
    ends_ms: int | None = None
    at_ms: int = 0
    why: str = ""
    target: str = ""
    kind: Kind = Kind.PROMISE
    window: str = ""
    promised: str = ""
    measured: str = ""
    cause: str = ""


def key_of(breach: str, state: State, channel: str, target: str = "") -> str:
    """The key of the alert about a breach's firing or end, through a channel, to a target."""
    return f"{breach}/{state}/{channel}/{target}"
