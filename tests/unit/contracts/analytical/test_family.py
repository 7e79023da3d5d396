"""Lint of a model's contracts, each by itself and all of them together."""

from __future__ import annotations

from dataclasses import replace

import pytest

from assay.contracts import lint, lint_together
from assay.contracts.analytical import FeatureSchema, contracts_of
from assay.contracts.diff import ChangeClass, diff
from tests.unit.contracts.analytical.churn import CHURN, FEATURES, ROWS

BATCHES = contracts_of(CHURN)["churn.predictions.odcs.yaml"]
VECTORS = contracts_of(ROWS)["churn.features.odcs.yaml"]
LABELS = contracts_of(CHURN)["churn.labels.odcs.yaml"]
JOINED = "this is joined with churn.predictions, of model churn too"


def changed(text: str, *edits: tuple[str, str]) -> bytes:
    for old, new in edits:
        assert old in text, old
        text = text.replace(old, new)
    return text.encode()


def together(*texts: bytes) -> list[str]:
    return [finding.message for finding in lint_together({f"{at}.yaml": text for at, text in enumerate(texts)})]


def test_contracts_of_one_model_have_as_many_partitions() -> None:
    labels = changed(LABELS, ("partitions: 3", "partitions: 4"))

    assert lint(labels) == []
    assert together(BATCHES.encode(), labels) == [
        "this is joined with churn.predictions, of model churn too: that has 3 partitions, this has 4; make them equal"
    ]


def test_contracts_of_one_model_begin_with_the_same_key() -> None:
    labels = changed(LABELS, ("name: prediction_id", "name: id"))

    assert together(BATCHES.encode(), labels) == [
        f"{JOINED}: that has the key prediction_id (string), this has id (string); make them equal"
    ]


def test_a_key_of_another_type_is_another_key() -> None:
    key = "      - name: prediction_id\n        description: What everything about a prediction is joined by.\n"
    options = "        logicalTypeOptions: {minLength: 1, maxLength: 128}\n"
    kind = "        logicalType: string\n        required: true\n"
    labels = changed(LABELS, (key + kind + options, key + kind.replace("string", "integer")))

    assert len(together(BATCHES.encode(), labels)) == 1


def test_a_log_has_one_contract_and_may_have_versions() -> None:
    other = changed(LABELS, ("id: churn.labels", "id: churn.truth"))
    newer = changed(LABELS, ("version: 1.0.0", "version: 1.1.0"))

    assert together(LABELS.encode(), newer) == []
    assert together(LABELS.encode(), other) == [
        "churn.labels and churn.truth are both the labels of model churn; keep one"
    ]


def test_models_are_nothing_to_one_another() -> None:
    other = changed(LABELS, ("partitions: 3", "partitions: 4"), ("churn", "fraud"))

    assert together(BATCHES.encode(), other) == []


KEYLESS = ("        primaryKey: true\n        primaryKeyPosition: 1\n", "")
TIMELESS = ("  - {property: assay.eventTime, value: predicted_at}\n", "")


@pytest.mark.parametrize(
    ("text", "edits", "says"),
    [
        (VECTORS, (KEYLESS,), "the logs of a model are joined by their key"),
        (VECTORS, (TIMELESS,), "the logs of a model have a time of the event"),
        (VECTORS, (("{name: age, type: integer}", "{name: age, type: number}"),), "the fingerprint of these features is"),
        (VECTORS, (("{name: age, type: integer}", "{name: spend, type: integer}"),), "'spend' is here twice"),
        (VECTORS, (("minItems: 3, maxItems: 3", "maxItems: 3"),), "there are 3 features of numbers"),
        (BATCHES, (("minItems: 2, maxItems: 2", "minItems: 2, maxItems: 9"),), "there are 2 features of texts"),
        (BATCHES, (("minimum: 3, maximum: 3", "minimum: 1, maximum: 9"),), "put together for 3 partitions"),
        (VECTORS, (("{name: age, type: integer}", "{name: age, type: integer, classification: secret}"),), "'age' is secret"),
        (VECTORS, (("role: features", "role: feature"),), "role"),
    ],
)  # fmt: skip
def test_what_assay_model_says_is_what_the_contract_says(
    text: str, edits: tuple[tuple[str, str], ...], says: str
) -> None:
    assert any(says in finding.message for finding in lint(changed(text, *edits)))


def kinds(features: FeatureSchema) -> set[ChangeClass]:
    """The classes of what changes in assay.model where the features are others."""
    other = contracts_of(replace(ROWS, features=features, version="2.0.0"))["churn.features.odcs.yaml"]
    return {each.kind for each in diff(VECTORS.encode(), other.encode()) if "assay.model" in each.path}


def test_another_order_of_features_is_another_meaning() -> None:
    assert kinds(FeatureSchema(reversed(FEATURES.features))) == {ChangeClass.BREAKING_MEANING}


def test_a_classification_is_reviewed() -> None:
    first, *rest = FEATURES.features

    assert kinds(FeatureSchema((replace(first, classification="restricted"), *rest))) == {ChangeClass.REVIEW}
