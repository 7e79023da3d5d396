"""Alerts that tests send."""

from __future__ import annotations

from dataclasses import replace

from assay.alerts.breaches import Kind, Recipient, Role, Severity, State
from assay.alerts.delivery.delivery import Delivery, key_of
from assay.alerts.messages import Message

__all__ = ["alert", "hostile"]

HOSTILE = (
    "<script>alert(1)</script> [x](http://evil.example) `rm` @everyone <!channel> \r\nBcc: evil@example.org\x1b[31m\x00 "
    * 9
)


def alert(
    breach: str, state: State = State.FIRING, *, channel: str = "hook", target: str = "", fingerprint: str = "f"
) -> Delivery:
    key = key_of(breach, state, channel, target)
    told = (Recipient("ops", "#ops", Role.OWNER, "slack", "owns it"),)
    message = Message(
        "broken", (("promised", "much"),), ("look",), (("console", "https://assay.example/c"),), (1.0, None), 2.0
    )
    return Delivery(
        key=key,
        breach=breach,
        fingerprint=fingerprint,
        state=state,
        severity=Severity.WARNING,
        channel=channel,
        recipients=told,
        contract="flights",
        promise="p",
        message=message,
        labels={"owner": "airline-ops"},
        starts_ms=1_000,
        ends_ms=None if state is State.FIRING else 2_000,
        at_ms=10,
        target=target,
        kind=Kind.PROMISE,
        window="2013-02-08",
        promised="much",
        measured="little",
    )


def hostile(breach: str, state: State = State.FIRING, *, channel: str = "hook") -> Delivery:
    """An alert all of whose words out of contracts and records are meant to do harm."""
    text = HOSTILE
    message = Message(text, ((text, text),), (text,), (), (float("inf"), float("nan"), None), float("nan"))
    told = (Recipient(text, text, Role.CONSUMER, text, text),)
    labels = {text: text, "9-lives": text, "": text}
    return replace(
        alert(breach, state, channel=channel),
        message=message,
        recipients=told,
        labels=labels,
        contract=text,
        promise=text,
        window=text,
        promised=text,
        measured=text,
        cause=text,
        why=text,
    )
