"""Compatibility of Protobuf files, as text or as descriptors."""

from __future__ import annotations

from assay.contracts.compatibility.protobuf.judging import judge_protobuf
from assay.contracts.compatibility.protobuf.known import is_known
from assay.contracts.compatibility.protobuf.naming import ProtoFile, is_text, read_file
from assay.contracts.compatibility.protobuf.samples import lost

__all__ = ["ProtoFile", "is_known", "is_text", "judge_protobuf", "lost", "read_file"]
