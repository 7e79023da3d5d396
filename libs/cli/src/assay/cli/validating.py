"""Records from a file to verdicts, by the judges of the stream."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from assay.cli.candidates.candidate import Candidate, Oversized
from assay.cli.candidates.container import container_records
from assay.cli.candidates.delimited import messages
from assay.cli.candidates.lines import base64_lines, json_lines
from assay.contracts import Contract, Judge, Reason, SchemaJudge, Verdict, Violation, WireForm
from assay.contracts.avro_schema import avro_schema

__all__ = ["Judged", "Judges", "as_line", "by_contract", "by_schema", "candidates", "judged", "opened"]

BATCH = 250

Judges = Callable[[Sequence[bytes]], list[Verdict]]
"""Gives a verdict for each of some records."""


class Judged(NamedTuple):
    """The verdict on one record; `number` counts from 1."""

    number: int
    verdict: Verdict


@contextlib.contextmanager
def opened(records: Path) -> Iterator[BinaryIO]:
    """Open a file, or stdin for `-`."""
    if str(records) == "-":
        yield sys.stdin.buffer
    else:
        with records.open("rb") as file:
            yield file


def candidates(
    file: BinaryIO, form: WireForm, contract: Contract | None, limit: int, *, base64: bool
) -> Iterator[Candidate]:
    """Give the records of a file in a wire form: lines of JSON, a container of Avro, Protobuf behind lengths.

    Raises:
        UnreadableError: the file is something else.
    """
    if base64:
        return base64_lines(file, limit)
    if form == "avro" and contract is not None:
        return container_records(file, avro_schema(contract), limit)
    return messages(file, limit) if form == "protobuf" else json_lines(file, limit)


def by_contract(contract: Contract, form: WireForm) -> Judges:
    """Return what judges records as validation does: the fast tier first, the other for what that does not accept."""
    judge = Judge(contract, form)

    def verdicts(values: Sequence[bytes]) -> list[Verdict]:
        screened = judge.screen(values)
        return [(one or judge.explain(value)).verdict for value, one in zip(values, screened, strict=True)]

    return verdicts


def by_schema(
    schema: Path,
    limit: int,
    draft: str | None = None,
    *,
    formats: bool = True,
    resources: Mapping[str, Any] | None = None,
) -> Judges:
    """Return what judges JSON values by a plain JSON Schema, of a draft or of the one that it names.

    `resources` are the schemas that it may refer to, by URI.

    Raises:
        SchemaError: it is no schema.
        ValueError: it is no JSON.
    """
    judge = SchemaJudge(json.loads(schema.read_bytes()), draft, formats=formats, resources=resources, max_bytes=limit)
    return lambda values: [judge.judge(value) for value in values]


def judged(records: Iterable[Candidate], judges: Judges, limit: int) -> Iterator[Judged]:
    """Judge records as they come, some at a time; no more than those are held."""
    numbered = enumerate(records, 1)
    while batch := list(islice(numbered, BATCH)):
        values = [value for _, value in batch if isinstance(value, bytes)]
        verdicts = iter(judges(values))
        for number, value in batch:
            yield Judged(number, _too_large(value, limit) if isinstance(value, Oversized) else next(verdicts))


def as_line(one: Judged) -> str:
    """Return a verdict as one line of JSON."""
    verdict = one.verdict
    violations = [
        {"path": each.path, "rule": each.rule, "expected": each.expected, "found": each.found}
        for each in verdict.violations
    ]
    reason = str(verdict.reason) if verdict.reason else None
    return json.dumps({"record": one.number, "accepted": verdict.accepted, "reason": reason, "violations": violations})


def _too_large(record: Oversized, limit: int) -> Verdict:
    violation = Violation("", "maxRecordBytes", f"at most {limit} bytes", f"{record.size_bytes} bytes")
    return Verdict(Reason.TOO_LARGE, (violation,))
