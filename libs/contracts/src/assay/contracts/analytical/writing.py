"""From a model to the texts of its contracts."""

from __future__ import annotations

from typing import Any

from assay.contracts.analytical.columns import batch_rules
from assay.contracts.analytical.logs import ROLES, contract_id, log_fields
from assay.contracts.analytical.model import Model
from assay.contracts.model_log import Role
from assay.contracts.monitoring import Monitoring
from assay.contracts.yaml_text import yaml_text

__all__ = ["contracts_of"]

_PURPOSES: dict[Role, str] = {
    "predictions": "Each answer of the model, with how long it took and how it ended.",
    "features": "What each prediction was made from.",
    "actions": "What the product did with each prediction.",
    "outcomes": "What happened after predictions.",
    "labels": "The truth about predictions, as far as it is known; a higher revision replaces all lower ones.",
    "skew": "Features of a sample of predictions, computed again and held against what the model was given.",
}
_RECORDS: dict[Role, str] = {
    "predictions": "prediction",
    "features": "feature_vector",
    "actions": "action",
    "outcomes": "outcome",
    "labels": "label",
    "skew": "skew_sample",
}
_BATCHES = "Answers of the model with what they were made from, many rows in a record, a column for each feature."
_DEDUP = "PT1H"
_DAY_S = 24 * 3600


def contracts_of(model: Model) -> dict[str, str]:
    """The contracts of a model by the names of their files; each lints, and so do all of them together.

    With the layout `columns` features travel inside predictions, and have no contract of their own.
    """
    roles = [role for role in ROLES if role != "features" or model.layout == "rows"]
    return {f"{contract_id(model.name, role)}.odcs.yaml": yaml_text(_contract(model, role)) for role in roles}


def _contract(model: Model, role: Role) -> dict[str, Any]:
    is_batch = role == "predictions" and model.layout == "columns"
    fields = log_fields(model, role)
    for each in fields:
        if lines := _quality(model, each["name"], is_of_rows=role == "predictions" and not is_batch):
            each["quality"] = lines
    body = {"name": "prediction_batch" if is_batch else _RECORDS[role], "logicalType": "object", "properties": fields}
    value: dict[str, Any] = {
        "apiVersion": "v3.2.0",
        "kind": "DataContract",
        "id": contract_id(model.name, role),
        "name": f"{model.name}: {role}",
        "version": model.version,
        "status": "active",
        "description": {"purpose": _BATCHES if is_batch else _PURPOSES[role]},
        "schema": [body],
        "slaProperties": _levels(role),
    }
    if model.owner:
        value["team"] = {"name": model.owner}
    if model.contact:
        value["support"] = [{"channel": model.contact, "scope": "notifications"}]
    value["customProperties"] = [
        {"property": name, "value": said} for name, said in _custom(model, role, is_batch=is_batch).items()
    ]
    return value


def _custom(model: Model, role: Role, *, is_batch: bool) -> dict[str, Any]:
    said: dict[str, Any] = {"name": model.name, "role": role}
    if role == "predictions":
        said |= {"kind": model.kind, "layout": model.layout} | ({"classes": [*model.classes]} if model.classes else {})
    if is_batch or role in ("features", "skew"):
        said["features"] = [
            {"name": each.name, "type": each.type}
            | ({"classification": each.classification} if each.classification else {})
            for each in model.features.features
        ]
    kept = f"P{_monitoring(model).reach_s // _DAY_S}D"
    custom: dict[str, Any] = {
        "assay.topics": {"format": "protobuf", "partitions": model.partitions, "retention": {"validated": kept}},
        "assay.model": said,
        "assay.eventTime": log_fields(model, role)[1]["name"],
        "assay.dedup": _DEDUP,
    }
    if role == "predictions" and (watched := _watched(model)):
        custom["assay.monitoring"] = watched
    if model.consumers:
        custom["assay.consumers"] = [
            {"id": each.id, "contact": each.contact, "reads": [*each.reads]} for each in model.consumers
        ]
    if is_batch:
        custom["assay.rules"] = batch_rules(model)
    return custom


def _watched(model: Model) -> dict[str, Any]:
    """How it is watched, where that is not as usual."""
    asked = {
        "window": model.window,
        "hop": model.hop,
        "scales": [*model.scales],
        "referenceRows": model.reference_rows,
    }
    said = {name: value for name, value in asked.items() if value}
    is_usual = not said and _monitoring(model) == Monitoring()
    return {} if is_usual else said | {"horizon": f"P{model.horizon_days}D"}


def _monitoring(model: Model) -> Monitoring:
    """What it is watched with by a contract that says nothing but the horizon."""
    return Monitoring(horizon_s=model.horizon_days * _DAY_S)


def _quality(model: Model, field: str, *, is_of_rows: bool) -> list[dict[str, Any]]:
    """Promises about the rows of predictions; there must be someone to tell."""
    if not is_of_rows or not model.contact:
        return []
    hourly = {"unit": "percent", "scheduler": "assay.window", "schedule": "PT1H", "severity": "error"}
    if field == "status":
        answered = {"validValues": ["ok", "refused"]}
        return [
            {"id": "answered", "metric": "invalidValues", "arguments": answered, "mustBeLessOrEqualTo": 1, **hourly}
        ]
    if field == "latency_ms":
        return [{"id": "timed", "metric": "nullValues", "mustBeLessOrEqualTo": 5, **hourly}]
    return []


def _levels(role: Role) -> list[dict[str, Any]]:
    """How late records may be, how many may be refused, and for how long predictions may be silent."""
    late = {"predictions": 5, "features": 5, "actions": 15}.get(role)
    latency: dict[str, Any] = {"value": late, "unit": "m"} if late else {"value": 1, "unit": "d"}
    window = [{"property": "assay.window", "value": "PT1H"}]
    levels: list[dict[str, Any]] = [
        {"id": "late", "property": "latency", **latency}
        | {"customProperties": [{"property": "assay.percentile", "value": 99}, *window]},
        {"id": "refused", "property": "errorRate", "value": 1, "unit": "percent", "customProperties": window},
    ]
    if role == "predictions":
        levels.append({"id": "silence", "property": "frequency", "value": 1, "unit": "h"})
    return levels
