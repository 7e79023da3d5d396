"""Where records go: topics that are different, and kept long enough."""

from __future__ import annotations

from collections.abc import Iterator

from assay.contracts.checks.parts import custom_at
from assay.contracts.document import Document
from assay.contracts.errors import Finding
from assay.contracts.reading import read_topics
from assay.contracts.vocabulary import duration_h

__all__ = ["check_topics"]

_NAMES = {
    "raw_app": "raw",
    "raw_cdc": "raw",
    "raw_replay": "replay",
    "validated": "validated",
    "dead_letters": "deadLetters",
    "settled": "settled",
}


def check_topics(document: Document) -> Iterator[Finding]:
    """No topic has two meanings, none is Assay's own, and raw records outlive their dead letters."""
    names, at = custom_at(document, "assay.topics")
    topics = read_topics(document.value["id"], names or {})
    seen: dict[str, str] = {}
    for attribute, key in _NAMES.items():
        topic = getattr(topics, attribute)
        if topic is None:
            continue
        if topic in seen:
            message = f"topic {topic!r} is both {seen[topic]} and {key}; give each its own"
            yield document.finding((*at, key) if at else ("id",), message)
        if topic.startswith("assay.") or topic in (".", ".."):
            yield document.finding((*at, key) if at else ("id",), f"topic {topic!r} is not for contracts; rename it")
        seen[topic] = key
    retention = (names or {}).get("retention", {})
    if duration_h(retention.get("raw", "P7D")) < duration_h(retention.get("deadLetters", "P7D")):
        message = "raw records must be kept at least as long as dead letters, so that each can be traced"
        yield document.finding((*at, "retention"), message)
