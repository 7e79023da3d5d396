"""The records of the analytical logs as properties of ODCS; the order is that of the numbers in assay.api.models.v1."""

from __future__ import annotations

from collections.abc import Callable
from typing import get_args

from assay.contracts.analytical.columns import batch_fields
from assay.contracts.analytical.model import Model
from assay.contracts.analytical.properties import (
    MAX_ID,
    MAX_ITEMS,
    MAX_WORD,
    PROPORTION,
    Source,
    bits,
    classified,
    flag,
    hashed,
    listing,
    one_of,
    part_of_key,
    prediction_id,
    real,
    text,
    time,
    whole,
    word,
)
from assay.contracts.analytical.shared import STATUSES, model_name, of_model, schema_id
from assay.contracts.model_log import Role

__all__ = ["ROLES", "contract_id", "log_fields"]

ROLES: tuple[Role, ...] = get_args(Role)


def contract_id(model: str, role: str) -> str:
    """The id of a model's contract: `churn.predictions`."""
    return f"{model}.{role}"


def log_fields(model: Model, role: Role) -> list[Source]:
    """The properties of the records of one log of a model, in the order of the wire."""
    if role == "predictions" and model.layout == "columns":
        return batch_fields(model)
    return _FIELDS[role](model)


def _prediction(model: Model) -> list[Source]:
    classes = len(model.classes) or MAX_WORD
    return [
        prediction_id(),
        time("predicted_at", "When the answer was asked for: the time of the event."),
        *of_model(model),
        text("kind", enum=(model.kind,), required=True),
        real("score", "Probability of the positive or the chosen class, the predicted value, or what is ranked by."),
        text("label", "The class that was decided for.", enum=model.classes),
        listing("probabilities", real("", **PROPORTION), 0, classes, description="Of each class, in their order."),
        real("threshold"),
        real("latency_ms", "The whole time of the answer.", unit="ms", minimum=0),
        real("features_ms", "What part of it went into getting features.", unit="ms", minimum=0),
        text("status", enum=STATUSES, required=True),
        word("error_class"),
        flag("is_fallback", "Whether something simpler answered in place of the model."),
        *map(word, ("deployment", "environment", "variant", "experiment")),
        hashed("entity"),
        hashed("user"),
        *_list(model),
    ]


def _vector(model: Model) -> list[Source]:
    numbers, texts = len(model.features.numbers), len(model.features.texts)
    number, of_text = classified(real(""), model.features.numbers), classified(text(""), model.features.texts)
    return [
        prediction_id(),
        time("predicted_at", "When the answer was asked for: the time of the event."),
        *of_model(model),
        schema_id(model),
        listing("numbers", number, numbers, numbers, required=numbers > 0),
        listing("texts", of_text, texts, texts, required=texts > 0),
        bits("present", "A bit for each feature, numbers first: whether it has a value; absent where all have."),
        bits("not_finite", "A bit for each feature: whether the number was not finite; absent where all were."),
        listing("origins", whole("", "u32", minimum=0, maximum=3), 0, numbers + texts),
        listing("ages_ms", whole("", minimum=0), 0, numbers + texts),
    ]


def _action(model: Model) -> list[Source]:
    return [
        prediction_id(),
        time("acted_at", "When the product acted: the time of the event."),
        model_name(model),
        part_of_key("action_id"),
        text("name", "Like shown, withheld, approved.", required=True, minLength=1, maxLength=MAX_WORD),
        flag("is_exposed", "Whether the user could see it."),
        whole("rank", "i32", "Where in a list, from 1.", minimum=1),
        word("slot"),
        text("overridden_by", "Who decided otherwise than the model.", enum=("rule", "human")),
        word("variant"),
        hashed("user"),
        *_item(model),
    ]


def _outcome(model: Model) -> list[Source]:
    return [
        prediction_id(),
        time("observed_at", "When it happened: the time of the event."),
        model_name(model),
        part_of_key("outcome_id"),
        text("name", "Like click, purchase, refund.", required=True, minLength=1, maxLength=MAX_WORD),
        real("value"),
        text("currency", "Of the value where it is money.", pattern="^[A-Z]{3}$"),
        whole("count", description="How many times; once where it is absent.", minimum=1),
        text("action_id", "The action that it followed.", maxLength=MAX_ID),
        word("variant"),
        hashed("user"),
        *_item(model),
    ]


def _label(model: Model) -> list[Source]:
    revision = whole("revision", description="A higher one replaces all lower ones.", required=True, minimum=0)
    is_ranking = model.kind == "ranking"
    value = real("value", "How relevant the item is.", minimum=0) if is_ranking else real("value", "The true value.")
    return [
        prediction_id(),
        time("labelled_at", "When the truth was known: the time of the event."),
        model_name(model),
        revision | {"primaryKey": True, "primaryKeyPosition": 2},
        text("label", "The true class.", enum=model.classes),
        value,
        text("source", enum=("human", "system", "rule")),
        real("confidence", **PROPORTION),
        flag("is_withdrawn", "There is no truth after all: what lower revisions say is taken back."),
        *([part_of_key("item", 3, "The item of the list that it is about.")] if is_ranking else ()),
    ]


def _list(model: Model) -> list[Source]:
    if model.kind != "ranking":
        return []
    item = text("", minLength=1, maxLength=MAX_ID)
    ids = listing("items", item, 0, MAX_ITEMS, description="The ids of the items, best first.")
    ids["logicalTypeOptions"]["uniqueItems"] = True
    return [ids, listing("item_scores", real(""), 0, MAX_ITEMS, description="What they were ranked by.")]


def _item(model: Model) -> list[Source]:
    made = text("item", "The item of the list that it is about.", maxLength=MAX_ID)
    return [made] if model.kind == "ranking" else []


def _skew(model: Model) -> list[Source]:
    feature = one_of(part_of_key("feature"), [each.name for each in model.features.features])
    return [
        prediction_id(),
        time("sampled_at", "When the prediction was made: the time of the event."),
        *of_model(model),
        schema_id(model),
        feature,
        *_pair(model, "online", "What the model was given."),
        *_pair(model, "offline", "What it should have been given."),
        time("as_of", "The time that the offline value holds for.", required=False),
        *_pair(model, "earlier", "What the offline value was before: an online value that equals it is stale."),
    ]


def _pair(model: Model, side: str, description: str) -> list[Source]:
    return [
        classified(real(f"{side}_number", description), model.features.numbers),
        classified(text(f"{side}_text", description), model.features.texts),
    ]


_FIELDS: dict[Role, Callable[[Model], list[Source]]] = {
    "predictions": _prediction,
    "features": _vector,
    "actions": _action,
    "outcomes": _outcome,
    "labels": _label,
    "skew": _skew,
}
