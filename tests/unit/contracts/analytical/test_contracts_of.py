"""The contracts of a model: they lint, share a key, and are the messages of assay.api.models.v1 on the wire."""

from __future__ import annotations

from dataclasses import replace

import pytest
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message
from hypothesis import given
from hypothesis import strategies as st

from assay.api.models.v1 import outcome_pb2, prediction_pb2
from assay.contracts import lint, lint_together
from assay.contracts.analytical import KINDS, ROLES, Feature, FeatureSchema, Model, contracts_of
from assay.contracts.forms.protobuf_reader import message_class
from assay.contracts.model_log import FEATURE_TYPES
from tests.unit.contracts.analytical.churn import CHURN, FEATURES, RANKING, ROWS, contracts

MESSAGES: dict[str, type[Message]] = {
    "predictions": prediction_pb2.Prediction,
    "features": prediction_pb2.FeatureVector,
    "actions": outcome_pb2.Action,
    "outcomes": outcome_pb2.Outcome,
    "labels": outcome_pb2.Label,
    "skew": outcome_pb2.SkewSample,
}

TEXT = st.text(min_size=1, max_size=12)
FEATURE = st.builds(Feature, TEXT, st.sampled_from(FEATURE_TYPES), st.sampled_from(("", "public", "restricted")))
MODELS = st.builds(
    Model,
    name=st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_-]{0,20}", fullmatch=True),
    features=st.lists(FEATURE, min_size=1, max_size=6, unique_by=lambda each: each.name).map(FeatureSchema),
    kind=st.sampled_from(KINDS),
    classes=st.lists(TEXT, min_size=2, max_size=4, unique=True).map(tuple),
    layout=st.sampled_from(("columns", "rows")),
    versions=st.lists(TEXT, max_size=2, unique=True).map(tuple),
    partitions=st.integers(1, 64),
    horizon_days=st.integers(1, 400),
    owner=TEXT,
    contact=st.one_of(st.just(""), TEXT),
)


@given(MODELS)
def test_contracts_of_any_model_lint_alone_and_together(model: Model) -> None:
    texts = {file: text.encode() for file, text in contracts_of(model).items()}

    assert [finding for file, text in texts.items() for finding in lint(text, file)] == []
    assert lint_together(texts) == []


def described(message: type[Message]) -> Descriptor:
    found: Descriptor = message.DESCRIPTOR  # type: ignore[assignment]  # the stubs know two classes for one
    return found


def wire(descriptor: Descriptor | None) -> list[tuple[object, ...]]:
    """What of a message is on the wire, or is read from it by name: with all that is inside."""
    assert descriptor
    return [
        (
            each.name,
            each.number,
            each.type,
            each.is_repeated,
            each.has_presence,
            wire(each.message_type) if each.type == FieldDescriptor.TYPE_MESSAGE else None,
        )
        for each in sorted(descriptor.fields, key=lambda each: each.number)
    ]


@pytest.mark.parametrize("role", ROLES)
def test_a_contract_of_a_ranking_is_its_message_on_the_wire(role: str) -> None:
    contract = contracts(replace(RANKING, layout="rows"))[role]

    assert wire(described(message_class(contract))) == wire(described(MESSAGES[role]))


def test_a_contract_of_batches_of_lists_is_the_message_of_batches() -> None:
    contract = contracts(RANKING)["predictions"]

    assert wire(described(message_class(contract))) == wire(described(prediction_pb2.PredictionBatch))


@pytest.mark.parametrize("role", ROLES)
def test_a_contract_of_another_kind_is_its_message_without_the_items_of_lists(role: str) -> None:
    contract = contracts(ROWS)[role]

    assert wire(described(message_class(contract))) == without_items(wire(described(MESSAGES[role])))


def test_a_contract_of_batches_of_another_kind_is_the_message_of_batches_without_items() -> None:
    contract = contracts(CHURN)["predictions"]

    whole = wire(described(prediction_pb2.PredictionBatch))
    assert wire(described(message_class(contract))) == without_items(whole)


def without_items(fields: list[tuple[object, ...]]) -> list[tuple[object, ...]]:
    """The fields of a message that every kind of model has."""
    return [each for each in fields if not str(each[0]).startswith("item")]


def test_a_label_of_a_ranking_is_told_apart_by_its_item() -> None:
    assert contracts(RANKING)["labels"].key == ("prediction_id", "revision", "item")
    assert contracts(CHURN)["labels"].key == ("prediction_id", "revision")


def test_in_columns_features_have_no_contract_of_their_own() -> None:
    assert contracts(CHURN).keys() == {*ROLES} - {"features"}
    assert contracts(ROWS).keys() == {*ROLES}


def test_all_logs_of_a_model_begin_with_the_same_key_and_have_as_many_partitions() -> None:
    found = contracts(replace(CHURN, partitions=7)).values()

    assert {(each.key[0], each.partitions) for each in found} == {("prediction_id", 7)}


def test_every_log_has_a_time_of_the_event_and_counts_an_event_once() -> None:
    for each in contracts(ROWS).values():
        assert each.event_time
        assert each.dedup_s == 3600


def test_validated_records_are_kept_for_as_long_as_truth_may_take_and_predictions_may_be_late() -> None:
    found = contracts(replace(CHURN, horizon_days=45))

    watched = found["predictions"].monitoring
    assert {each.validated_retention_h for each in found.values()} == {46 * 24}
    assert watched.horizon_s + watched.lateness_s == 46 * 24 * 3600


@pytest.mark.parametrize("days", [7, 30, 45])
def test_the_horizon_is_the_one_that_was_asked_for(days: int) -> None:
    assert contracts(replace(CHURN, horizon_days=days))["predictions"].monitoring.horizon_s == days * 86_400


def test_predictions_promise_answers_and_times_where_there_is_someone_to_tell() -> None:
    assert [each.id for each in contracts(ROWS)["predictions"].promises] == ["timed", "answered"]
    assert contracts(replace(ROWS, contact=""))["predictions"].promises == ()


def test_every_log_promises_how_late_and_how_wrong_it_may_be() -> None:
    for role, each in contracts(ROWS).items():
        silence = ["silence"] if role == "predictions" else []
        assert [level.id for level in each.levels] == ["late", "refused", *silence]


def test_a_classified_feature_seals_dead_letters_of_what_holds_its_values() -> None:
    secret = FeatureSchema((Feature("age"), Feature("city", "string", "restricted")))
    found = {role: each.is_classified for role, each in contracts(replace(ROWS, features=secret)).items()}

    assert [role for role, is_classified in found.items() if is_classified] == ["features", "skew"]


def test_the_fingerprint_of_features_changes_with_a_name_a_type_or_the_order() -> None:
    first, second, *rest = FEATURES.features
    others = [
        FeatureSchema((replace(first, name="years"), second, *rest)),
        FeatureSchema((replace(first, type="number"), second, *rest)),
        FeatureSchema((second, first, *rest)),
    ]

    assert len({FEATURES.id, *(each.id for each in others)}) == 4
    assert FeatureSchema((replace(first, classification="restricted"), second, *rest)).id == FEATURES.id


def test_a_model_has_each_feature_once() -> None:
    with pytest.raises(ValueError, match="'age' is here twice"):
        FeatureSchema((Feature("age"), Feature("age", "string")))
