"""Whether records can wait behind one of their key: they need a key, and a dead letter that is still there."""

from __future__ import annotations

from collections.abc import Iterator

from assay.contracts.checks.parts import body_of, custom_at
from assay.contracts.document import Document
from assay.contracts.errors import Finding
from assay.contracts.vocabulary import duration_s

__all__ = ["check_ordering"]

_WEEK, _QUARTER = "P7D", "PT15M"
"""How long dead letters are kept, and how long a record waits, where a contract does not say it."""


def check_ordering(document: Document) -> Iterator[Finding]:
    """An ordered contract has a key, and waits for no longer than a dead letter is kept."""
    said, at = custom_at(document, "assay.ordered")
    if not said and said != {}:
        return
    if not any(each.get("primaryKey") for each in body_of(document)["properties"]):
        yield document.finding(at, "records are ordered by key; mark the key with `primaryKey: true`")
    own = said if isinstance(said, dict) else {}
    timeout = own.get("timeout", _QUARTER)
    topics, _ = custom_at(document, "assay.topics")
    kept = (topics or {}).get("retention", {}).get("deadLetters", _WEEK)
    if duration_s(timeout) > duration_s(kept):
        message = (
            f"a record would wait for {timeout}, and dead letters are kept for {kept}; shorten the one, or keep longer"
        )
        yield document.finding((*at, "timeout") if "timeout" in own else at, message)
