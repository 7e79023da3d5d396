"""Compatibility of Avro schemas, by the rules of Apache's specification."""

from __future__ import annotations

from assay.contracts.compatibility.avro.judging import judge_avro
from assay.contracts.compatibility.avro.parsing import load_avro, parse_avro
from assay.contracts.compatibility.avro.samples import refused
from assay.contracts.compatibility.avro.types import PRIMITIVES, AvroType

__all__ = ["PRIMITIVES", "AvroType", "judge_avro", "load_avro", "parse_avro", "refused"]
