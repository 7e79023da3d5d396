"""Values that were written with one schema and are refused with another, as the validator of records says."""

from __future__ import annotations

import json
from functools import lru_cache

from assay.contracts.compatibility.findings import Sample
from assay.contracts.compatibility.json.samples import Samples
from assay.contracts.compatibility.json.shapes import Parts
from assay.contracts.errors import SchemaError
from assay.contracts.schema_judge import SchemaJudge
from assay.contracts.verdict import Reason

__all__ = ["refused", "refuting"]


def refused(sample: Sample, reader: Parts, writer: Parts) -> str:
    """The sample as JSON, if the writer's schema takes it and the reader's does not; else nothing."""
    try:
        text = json.dumps(sample.value, ensure_ascii=False)
        row = text.encode()
    except (ValueError, RecursionError):  # a lone surrogate, or a very deep value
        return ""
    judges = _judge(reader), _judge(writer)
    if judges[0] is None or judges[1] is None or not judges[1].judge(row).accepted:
        return ""
    return text if judges[0].judge(row).reason is Reason.SCHEMA else ""


def refuting(reader: Parts, writer: Parts) -> str:
    """One of a few samples of what was written that the reader refuses, if any."""
    samples = Samples(writer).several(writer.document.root)
    return next((shown for each in samples if (shown := refused(each, reader, writer))), "")


@lru_cache(maxsize=16)
def _judge(parts: Parts) -> SchemaJudge | None:
    document = parts.document
    try:
        return SchemaJudge(document.root, document.draft, formats=False, resources=document.resources)
    except SchemaError:
        return None  # too large, or with a pattern that takes more than linear time
