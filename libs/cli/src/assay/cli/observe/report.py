"""Who breaks a contract, where and how: counts and samples of the records that would be refused. Pure."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple

from assay.contracts import Verdict, Violation
from assay.streaming import Record, headers

__all__ = ["OTHERS", "UNKNOWN", "Break", "Finding", "Report", "Sample"]

UNKNOWN = "unknown"
"""Stands for the producer of records that do not name one."""

OTHERS = "others"
MAX_PRODUCERS = 200
MAX_FINDINGS = 2_000
MAX_SAMPLES = 3

INDEX = re.compile(r"/[0-9]+(?=/|$)")


class Break(NamedTuple):
    """One way in which the records of one producer break the contract."""

    producer: str
    reason: str
    path: str
    rule: str


class Sample(NamedTuple):
    """A record that breaks the contract, by its place, and what is wrong; no value of it."""

    at: str
    violation: str


@dataclass(slots=True)
class Finding:
    """How many records show one break, and the first of them."""

    records: int = 0
    samples: list[Sample] = field(default_factory=list)


@dataclass(slots=True)
class Report:
    """Takes in verdict after verdict; its size does not grow with the records.

    Items of an array count as one field: `/items/3/price` is `/items/*/price`. Producers and breaks beyond a limit are
    counted together.
    """

    records: int = 0
    refused: int = 0
    sent: Counter[str] = field(default_factory=Counter)
    refused_of: Counter[str] = field(default_factory=Counter)
    findings: dict[Break, Finding] = field(default_factory=dict)
    omitted: int = 0

    def add(self, record: Record, verdict: Verdict) -> None:
        """Take in the verdict on one record."""
        producer = record.header(headers.PRODUCER) or UNKNOWN
        if producer not in self.sent and len(self.sent) >= MAX_PRODUCERS:
            producer = OTHERS
        self.records += 1
        self.sent[producer] += 1
        if verdict.reason is None:
            return
        self.refused += 1
        self.refused_of[producer] += 1
        broken = {
            Break(producer, verdict.reason, INDEX.sub("/*", each.path), each.rule): each for each in verdict.violations
        }
        for kind, violation in broken.items():
            self._count(kind, record, violation)

    def worst(self) -> list[tuple[Break, Finding]]:
        """Return the breaks, those of the most records first."""
        return sorted(self.findings.items(), key=lambda item: (-item[1].records, item[0]))

    def _count(self, kind: Break, record: Record, violation: Violation) -> None:
        if kind not in self.findings and len(self.findings) >= MAX_FINDINGS:
            self.omitted += 1
            return
        finding = self.findings.setdefault(kind, Finding())
        finding.records += 1
        if len(finding.samples) < MAX_SAMPLES:
            finding.samples.append(Sample(str(headers.source_of(record)), str(violation)))
