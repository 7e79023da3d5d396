"""An alert as Alertmanager's API v2 takes it: labels to group, silence and inhibit by, words as annotations. Pure."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from urllib.parse import urlsplit

from assay.alerts.breaches import Kind, State
from assay.alerts.delivery.delivery import Delivery
from assay.alerts.messages.text import text
from assay.alerts.plain import plain

__all__ = ["Posted", "posted"]

Posted = dict[str, str | dict[str, str]]
NAMES = {
    Kind.PROMISE: "AssayPromiseBroken",
    Kind.INVALID_RECORDS: "AssayInvalidRecords",
}
OTHER = "AssayCannotWatch"
MOST_LABEL, MOST_TEXT, MOST_URL = 200, 8_000, 2_000
MOST_LABELS = 30
_MISFIT = re.compile(r"[^a-zA-Z0-9_]")
_ADDRESS = re.compile(r"https?://[!-~]+")
LATEST_MS = 253_402_300_799_000  # the year 9999


def posted(delivery: Delivery, firing: Delivery, now_ms: int, ends_after_s: float) -> Posted:
    """Return the alert; its labels and its start are those of the `firing`, by which Alertmanager knows it again.

    One that fires ends by itself `ends_after_s` from now, unless it is said again; one that is over has ended.
    """
    starts_ms = max(min(firing.starts_ms, now_ms - 1), 0)
    alert: Posted = {
        "labels": labels(firing),
        "annotations": notes(delivery),
        "startsAt": _time(starts_ms),
        "endsAt": _time(_end_ms(delivery, starts_ms, now_ms, ends_after_s)),
    }
    if address := next((url for _, url in delivery.message.links if _is_address(url)), ""):
        alert["generatorURL"] = address
    return alert


def labels(firing: Delivery) -> dict[str, str]:
    """Return the labels: `problem` is shared by a cause and what is grouped under it, `part` tells the two apart."""
    cause = firing.labels.get("cause", "")
    ours = {
        "alertname": NAMES.get(firing.kind, OTHER),
        "source": "assay",
        "contract": firing.contract,
        "promise": firing.promise,
        "severity": firing.severity.value,
        "fingerprint": firing.fingerprint,
        "team": firing.labels.get("team") or firing.labels.get("owner", ""),
        "problem": cause or firing.fingerprint,
        "part": "effect" if cause else "cause",
    }
    theirs = {_name(name): value for name, value in firing.labels.items()}
    kept = {name: plain(value, MOST_LABEL) for name, value in {"kind": firing.kind.value, **theirs, **ours}.items()}
    return dict([(name, value) for name, value in kept.items() if name and value][-MOST_LABELS:])


def notes(delivery: Delivery) -> dict[str, str]:
    """Return the words for people; links by their names, `runbook` as `runbook_url`, where Alertmanager's users look."""
    links = {f"{_name(name)}_url": url[:MOST_URL] for name, url in delivery.message.links if _is_address(url)}
    words = {"summary": plain(delivery.message.title), "description": _lines(text(delivery.message)), **links}
    told = {"key": plain(delivery.key), "breach": plain(delivery.breach)}
    return {name: value for name, value in {**words, **told}.items() if value}


def _end_ms(delivery: Delivery, starts_ms: int, now_ms: int, ends_after_s: float) -> int:
    if delivery.state is State.FIRING:
        return now_ms + round(ends_after_s * 1_000)
    ended_ms = now_ms if delivery.ends_ms is None else delivery.ends_ms
    return max(min(ended_ms, now_ms), starts_ms + 1)


def _name(name: str) -> str:
    fit = _MISFIT.sub("_", name)[:MOST_LABEL]
    return f"_{fit}" if fit[:1].isdigit() else fit


def _lines(words: str) -> str:
    return "\n".join(plain(line) for line in words.split("\n"))[:MOST_TEXT]


def _is_address(url: str) -> bool:
    if len(url) > MOST_URL or not _ADDRESS.fullmatch(url):
        return False
    try:
        return bool(urlsplit(url).hostname)
    except ValueError:
        return False


def _time(at_ms: int) -> str:
    at = datetime.fromtimestamp(min(at_ms, LATEST_MS) / 1_000, UTC)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
