"""A contract of a model is held against those of the model that are published already."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from assay.cli.life.before import Before
from assay.cli.life.kin import misfits
from assay.contracts.analytical import Model, contracts_of
from assay.contracts.loading import load
from tests.unit.contracts.analytical.churn import CHURN

FILE = Path("labels.odcs.yaml")


def text(model: Model, role: str) -> bytes:
    return contracts_of(model)[f"churn.{role}.odcs.yaml"].encode()


def published(*roles: str) -> dict[str, Before]:
    return {f"churn.{role}": Before([("1.0.0", text(CHURN, role))]) for role in roles}


def test_a_file_fits_what_is_published_of_its_model() -> None:
    labels = load(text(CHURN, "labels"))

    assert misfits([FILE], [labels], published("predictions", "outcomes")) == []


def test_a_file_that_does_not_fit_is_found_at_its_line() -> None:
    labels = load(text(replace(CHURN, partitions=6), "labels"))

    (finding,) = misfits([FILE], [labels], published("predictions"))

    assert finding.file == str(FILE)
    assert "that has 3 partitions, this has 6" in finding.message


def test_what_the_files_replace_is_not_held_against_them() -> None:
    labels = load(text(replace(CHURN, partitions=6), "labels"))

    assert misfits([FILE], [labels], published("labels")) == []


def test_a_retired_contract_is_nobodys_kin() -> None:
    gone = {
        "churn.predictions": Before(
            [("1.0.0", text(CHURN, "predictions").replace(b"status: active", b"status: retired"))]
        )
    }

    assert misfits([FILE], [load(text(replace(CHURN, partitions=6), "labels"))], gone) == []
