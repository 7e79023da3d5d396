"""The JSON body of an alert for programs: what a webhook is sent. Its schema only grows. Pure."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime

from assay.alerts.breaches import Recipient
from assay.alerts.delivery.delivery import Delivery
from assay.alerts.messages.text import text

__all__ = ["body_of"]


def body_of(delivery: Delivery) -> bytes:
    """Return the body; the same alert gives the same bytes."""
    message = delivery.message
    data = {
        "key": delivery.key,
        "breach": delivery.breach,
        "fingerprint": delivery.fingerprint,
        "state": delivery.state.value,
        "severity": delivery.severity.value,
        "kind": delivery.kind.value,
        "contract": delivery.contract,
        "promise": delivery.promise,
        "window": delivery.window,
        "promised": delivery.promised,
        "measured": delivery.measured,
        "cause": delivery.cause,
        "starts_at": _time(delivery.starts_ms),
        "ends_at": None if delivery.ends_ms is None else _time(delivery.ends_ms),
        "recipients": [_recipient(each) for each in delivery.recipients],
        "why": delivery.why,
        "labels": dict(delivery.labels),
        "title": message.title,
        "lines": [{"label": label, "text": said} for label, said in message.lines],
        "steps": list(message.steps),
        "links": [{"name": name, "url": url} for name, url in message.links],
        "spark": [_number(each) for each in message.spark],
        "limit": _number(message.limit),
        "text": text(message),
    }
    body = {"type": f"breach.{delivery.state.value}", "timestamp": _time(delivery.at_ms), "data": data}
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def _recipient(recipient: Recipient) -> dict[str, str]:
    return {"id": recipient.id, "contact": recipient.contact, "role": recipient.role.value, "why": recipient.why}


def _number(value: float | None) -> float | None:
    """JSON has no infinity."""
    return value if value is not None and math.isfinite(value) else None


def _time(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1_000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
