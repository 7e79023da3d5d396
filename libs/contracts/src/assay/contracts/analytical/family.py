"""Whether the contracts of one model fit together: what belongs to one prediction must be on one partition."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from assay.contracts.checks.monitoring import NAME, unknown_segments
from assay.contracts.checks.parts import body_of, custom_at, custom_place
from assay.contracts.document import Document, Pointer
from assay.contracts.errors import Finding
from assay.contracts.operations import read_monitoring
from assay.contracts.vocabulary import duration_h

__all__ = ["check_families"]


@dataclass(frozen=True, slots=True)
class _Member:
    """A contract of a model, and what it must share with the others."""

    document: Document
    id: str
    model: str
    role: str
    key: str
    partitions: int
    kept: str

    def finding(self, message: str, *, name: str = "assay.model") -> Finding:
        return self.document.finding(_place(self.document, name), message)


def check_families(documents: Iterable[Document]) -> list[Finding]:
    """Contracts of one model that do not fit the first of it; each of the documents lints by itself.

    They share the first part of the key, its type, and the number of partitions: then nothing has to be moved to be
    joined. Each log has one contract, of which there may be versions.
    """
    first: dict[str, _Member] = {}
    logs: dict[tuple[str, str], _Member] = {}
    findings: list[Finding] = []
    for member in (members := [*filter(None, map(_member, documents))]):
        head = first.setdefault(member.model, member)
        if head.id != member.id:
            findings += _unlike(head, member)
        same = logs.setdefault((member.model, member.role), member)
        if same.id != member.id:
            message = f"{same.id} and {member.id} are both the {member.role} of model {member.model}; keep one"
            findings.append(member.finding(message))
    for member in members:
        if member.role == "predictions":
            findings += _watched(member, [each for each in members if each.model == member.model])
    return findings


def _watched(predictions: _Member, family: list[_Member]) -> Iterator[Finding]:
    """What a contract of predictions says in assay.monitoring and others must keep: features, and labels for long enough."""
    said, _ = custom_at(predictions.document, NAME)
    reach_s = read_monitoring(said or {}).reach_s
    for member in family:
        model, _ = custom_at(member.document, "assay.model")
        if member.role == "features" and "features" not in custom_at(predictions.document, "assay.model")[0]:
            yield from unknown_segments(predictions.document, model.get("features", []))
        if member is not predictions and reach_s > duration_h(member.kept) * 3600:
            message = (
                f"{predictions.id} waits longer for what belongs to a prediction, horizon and lateness together "
                f"({reach_s / 86400:g} days), than this is kept ({member.kept})"
            )
            yield member.finding(f"{message}; raise retention.validated, or shorten its horizon", name="assay.topics")


def _unlike(head: _Member, member: _Member) -> Iterator[Finding]:
    joined = f"this is joined with {head.id}, of model {head.model} too"
    if member.partitions != head.partitions:
        counts = f"that has {head.partitions} partitions, this has {member.partitions}"
        yield member.finding(f"{joined}: {counts}; make them equal", name="assay.topics")
    if member.key != head.key:
        yield member.finding(f"{joined}: that has the key {head.key}, this has {member.key}; make them equal")


def _member(document: Document) -> _Member | None:
    said, _ = custom_at(document, "assay.model")
    if said is None:
        return None
    topics, _ = custom_at(document, "assay.topics")
    keys = [each for each in body_of(document)["properties"] if each.get("primaryKey")]
    key = min(keys, key=lambda each: each.get("primaryKeyPosition", -1))
    words = f"{key['name']} ({key.get('logicalType', 'string')})"
    partitions = (topics or {}).get("partitions", 3)
    kept = (topics or {}).get("retention", {}).get("validated", "P7D")
    return _Member(document, document.value["id"], said["name"], said["role"], words, partitions, kept)


def _place(document: Document, name: str) -> Pointer:
    holder: dict[str, Any] = document.value
    at = custom_place(holder, name)
    return at if at != ("customProperties",) else custom_place(holder, "assay.model")
