"""Contracts in the making: what other schemas and records say, as a file that lints and that a person finishes."""

from __future__ import annotations

from assay.contracts.drafts.draft import Draft, DraftField, LeftOut, draft_of
from assay.contracts.drafts.from_avro import from_avro
from assay.contracts.drafts.from_json_schema import from_json_schema
from assay.contracts.drafts.from_odcs import from_odcs
from assay.contracts.drafts.from_protobuf import from_protobuf
from assay.contracts.drafts.settling import Settled, settled

__all__ = [
    "Draft",
    "DraftField",
    "LeftOut",
    "Settled",
    "draft_of",
    "from_avro",
    "from_json_schema",
    "from_odcs",
    "from_protobuf",
    "settled",
]
