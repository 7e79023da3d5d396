"""A batch of predictions with their features as properties of ODCS: PredictionBatch of assay.api.models.v1."""

from __future__ import annotations

from typing import Any

from assay.contracts.analytical.model import Model
from assay.contracts.analytical.properties import (
    MAX_ID,
    MAX_ITEMS,
    MAX_WORD,
    PROPORTION,
    Source,
    bits,
    classified,
    listing,
    nested,
    prediction_id,
    real,
    text,
    time,
    whole,
    word,
)
from assay.contracts.analytical.shared import STATUSES, of_model, schema_id

__all__ = ["MAX_ROWS", "batch_fields", "batch_rules"]

MAX_ROWS = 10_000
MAX_LISTED = 100_000
"""Items of all lists of a batch."""


def batch_fields(model: Model) -> list[Source]:
    """The properties of a batch, in the order of the wire."""
    here: dict[str, Any] = {"minimum": model.partitions, "maximum": model.partitions}
    classes = max(len(model.classes), 1)
    return [
        prediction_id("The id of the first row; its partition is that of all rows."),
        time("predicted_at", "When the earliest row was asked for: the time of the event."),
        *of_model(model),
        text("kind", enum=(model.kind,), required=True),
        whole("partitions", "i32", "For how many partitions the rows were put together.", required=True, **here),
        _rows("prediction_ids", text("", minLength=1, maxLength=MAX_ID), 1),
        _rows("offsets_ms", whole("", minimum=0), 1),
        _rows("scores", real("")),
        _rows("labels", text("", enum=("", *model.classes) if model.classes else ())),
        listing("probabilities", real("", **PROPORTION), 0, classes * MAX_ROWS),
        real("threshold"),
        _rows("latencies_ms", real("", minimum=0)),
        _rows("failures", nested("", _failure())),
        nested("features", _columns(model), required=True),
        *map(word, ("deployment", "environment", "variant", "experiment")),
        _rows("entities", text("", maxLength=MAX_WORD)),
        _rows("users", text("", maxLength=MAX_WORD)),
        _rows("fallbacks", whole("", "u32", minimum=0, maximum=MAX_ROWS - 1)),
        _rows("features_ms", real("", minimum=0)),
        *_lists(model),
    ]


def batch_rules(model: Model) -> list[dict[str, str]]:
    """Conditions in CEL that hold the columns of a batch to one length."""
    every = ("offsets_ms",)
    some: tuple[str, ...] = ("scores", "labels", "latencies_ms", "entities", "users", "features_ms")
    some += ("item_counts",) if model.kind == "ranking" else ()
    same = [f"size({each}) == size(prediction_ids)" for each in every]
    same += [f"({each} == null || size({each}) == size(prediction_ids))" for each in some]
    rules = [
        _rule("first_row_is_key", "the key is the id of the first row", "prediction_ids[0] == prediction_id"),
        _rule("rows_are_whole", "every column has a value for each row", " && ".join(same)),
    ]
    if model.classes:
        whole_rows = f"size(probabilities) == {len(model.classes)} * size(prediction_ids)"
        rules.append(
            _rule("probabilities_are_whole", "a probability of each class", f"probabilities == null || {whole_rows}")
        )
    if model.kind == "ranking":
        scored = "item_scores == null || size(item_scores) == size(items)"
        rules.append(_rule("items_are_whole", "every item has a score, or none has", f"items == null || {scored}"))
    for part, column in (("numbers", "values"), ("texts", "codes")):
        if getattr(model.features, part):
            expr = f"features.{part}.all(each, size(each.{column}) == size(prediction_ids))"
            rules.append(_rule(f"{part}_are_whole", f"each feature of {part} has a place for each row", expr))
    return rules


def _rule(name: str, description: str, expr: str) -> dict[str, str]:
    return {"id": name, "description": description, "expr": expr}


def _rows(name: str, items: Source, least: int = 0) -> Source:
    return listing(name, items, least, MAX_ROWS, required=least > 0)


def _lists(model: Model) -> list[Source]:
    if model.kind != "ranking":
        return []
    return [
        listing("items", text("", minLength=1, maxLength=MAX_ID), 0, MAX_LISTED, description="List after list."),
        _rows("item_counts", whole("", "u32", minimum=0, maximum=MAX_ITEMS)),
        listing("item_scores", real(""), 0, MAX_LISTED),
    ]


def _failure() -> list[Source]:
    return [
        whole("row", "u32", "From 0.", required=True, minimum=0, maximum=MAX_ROWS - 1),
        text("status", enum=STATUSES[1:], required=True),
        word("error_class"),
    ]


def _columns(model: Model) -> list[Source]:
    numbers, texts = model.features.numbers, model.features.texts
    has_value = bits("present", "A bit for each row: whether it has a value; absent where all have.")
    is_finite = bits("not_finite", "A bit for each row: whether the number was not finite; absent where all were.")
    code = whole("", "u32", minimum=0, maximum=MAX_ROWS - 1)
    number = nested("", [_rows("values", classified(real(""), numbers), 1), has_value, is_finite])
    of_text = nested("", [_rows("dictionary", classified(text(""), texts)), _rows("codes", code, 1), has_value])
    return [
        schema_id(model),
        listing("numbers", number, len(numbers), len(numbers), required=bool(numbers)),
        listing("texts", of_text, len(texts), len(texts), required=bool(texts)),
    ]
