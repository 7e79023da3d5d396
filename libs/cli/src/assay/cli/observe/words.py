"""A report for programs and for people."""

from __future__ import annotations

import json
from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.table import Table

from assay.cli.observe.report import Report
from assay.cli.plain import plain
from assay.contracts import Contract

__all__ = ["as_json", "show"]

SHOWN = 20


def as_json(report: Report, contract: Contract, topics: Sequence[str]) -> str:
    """Return the report as one JSON object."""
    producers = [
        {
            "producer": name,
            "records": sent,
            "refused": report.refused_of[name],
            "share": _share(report.refused_of[name], sent),
        }
        for name, sent in report.sent.most_common()
    ]
    findings = [
        {
            **kind._asdict(),
            "records": finding.records,
            "share": _share(finding.records, report.sent[kind.producer]),
            "samples": [sample._asdict() for sample in finding.samples],
        }
        for kind, finding in report.worst()
    ]
    return json.dumps(
        {
            "contract": contract.id,
            "version": contract.version,
            "topics": list(topics),
            "records": report.records,
            "refused": report.refused,
            "share": _share(report.refused, report.records),
            "producers": producers,
            "findings": findings,
            "omitted": report.omitted,
        }
    )


def show(report: Report, contract: Contract, topics: Sequence[str], console: Console) -> None:
    """Print who breaks the contract, where and how."""
    console.print(
        f"{contract.id} {contract.version} over {', '.join(topics)}: enforcement would refuse {report.refused:,} of "
        f"{report.records:,} records ({_percent(report.refused, report.records)})",
        highlight=False,
    )
    if not report.refused:
        return
    _show_producers(report, console)
    _show_findings(report, console)


def _show_producers(report: Report, console: Console) -> None:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("producer", overflow="fold")
    for heading in ("records", "refused", "share"):
        table.add_column(heading, justify="right", no_wrap=True)
    for name, sent in report.sent.most_common(SHOWN):
        refused = report.refused_of[name]
        table.add_row(plain(name), f"{sent:,}", f"{refused:,}", _percent(refused, sent))
    console.print(table)


def _show_findings(report: Report, console: Console) -> None:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for heading in ("producer", "reason", "field", "rule"):
        table.add_column(heading, overflow="fold")
    for heading in ("records", "share"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("a sample", overflow="fold")
    worst = report.worst()
    for kind, finding in worst[:SHOWN]:
        share = _percent(finding.records, report.sent[kind.producer])
        sample = f"{finding.samples[0].at}: {finding.samples[0].violation}"
        said = map(plain, (kind.producer, kind.reason, kind.path or "record", kind.rule))
        table.add_row(*said, f"{finding.records:,}", share, plain(sample))
    console.print(table)
    if len(worst) > SHOWN:
        console.print(f"and {len(worst) - SHOWN:,} more; --json tells all")


def _share(part: int, whole: int) -> float:
    return round(part / whole, 6) if whole else 0.0


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.2f} %" if whole else "0 %"
