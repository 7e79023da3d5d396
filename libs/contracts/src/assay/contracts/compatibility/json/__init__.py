"""Compatibility of JSON Schemas of the drafts 4, 6, 7, 2019-09 and 2020-12."""

from __future__ import annotations

from assay.contracts.compatibility.json.documents import Document
from assay.contracts.compatibility.json.judging import JsonJudgement, judge_json
from assay.contracts.compatibility.json.proof import refused, refuting
from assay.contracts.compatibility.json.shapes import Parts
from assay.contracts.compatibility.json.successors import succession

__all__ = ["Document", "JsonJudgement", "Parts", "judge_json", "refused", "refuting", "succession"]
