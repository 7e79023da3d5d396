"""The contract model and its judges: schema, rules, promises, recovery. Pure, no I/O."""

from __future__ import annotations

from assay.contracts.avro_schema import avro_schema
from assay.contracts.counts import Counts, budget, measure, measure_age
from assay.contracts.envelope import Change, open_envelope
from assay.contracts.errors import (
    ContractError,
    ContractsError,
    EnvelopeError,
    Finding,
    MalformedRecordError,
    SchemaError,
    SchemaTooLargeError,
)
from assay.contracts.flow import Flow, Migration, Step, When
from assay.contracts.flow_text import draft_flows, flow_yaml
from assay.contracts.formats import event_ms
from assay.contracts.judge import Judge, Judged
from assay.contracts.loading import lint, lint_together, load
from assay.contracts.maintenance import Maintenance
from assay.contracts.model import (
    Contract,
    Field,
    Party,
    Rule,
    SupportChannel,
    Topics,
    Upstream,
    Watermark,
    WireForm,
    record_fields,
)
from assay.contracts.patience import Patience
from assay.contracts.promise import Measured, Promise
from assay.contracts.protobuf_schema import protobuf_file
from assay.contracts.recovery import Failed, FieldChange, Recovery, Repaired, Tried, Unrepaired, flows_digest
from assay.contracts.schema import json_schema
from assay.contracts.schema_judge import SchemaJudge
from assay.contracts.service_level import ServiceLevel
from assay.contracts.types import lake_columns, warehouse_columns
from assay.contracts.verdict import Reason, Verdict, Violation
from assay.contracts.window import Window

__all__ = [
    "Change",
    "Contract",
    "ContractError",
    "ContractsError",
    "Counts",
    "EnvelopeError",
    "Failed",
    "Field",
    "FieldChange",
    "Finding",
    "Flow",
    "Judge",
    "Judged",
    "Maintenance",
    "MalformedRecordError",
    "Measured",
    "Migration",
    "Party",
    "Patience",
    "Promise",
    "Reason",
    "Recovery",
    "Repaired",
    "Rule",
    "SchemaError",
    "SchemaJudge",
    "SchemaTooLargeError",
    "ServiceLevel",
    "Step",
    "SupportChannel",
    "Topics",
    "Tried",
    "Unrepaired",
    "Upstream",
    "Verdict",
    "Violation",
    "Watermark",
    "When",
    "Window",
    "WireForm",
    "avro_schema",
    "budget",
    "draft_flows",
    "event_ms",
    "flow_yaml",
    "flows_digest",
    "json_schema",
    "lake_columns",
    "lint",
    "lint_together",
    "load",
    "measure",
    "measure_age",
    "open_envelope",
    "protobuf_file",
    "record_fields",
    "warehouse_columns",
]
