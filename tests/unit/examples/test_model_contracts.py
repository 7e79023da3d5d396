"""The contracts of the delay model's logs: what `assay model init` writes, but for what is said at their head."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from assay.cli.__main__ import app
from assay.client import Setting
from assay.contracts import lint_together, load
from assay.contracts.analytical import FeatureSchema
from assay.examples.flights import CONTRACTS
from assay.examples.flights.model import CLASSES, MODEL, VERSION
from assay.examples.flights.questions import NUMBERS, WORDS
from assay.examples.flights.reference import DAY_MS

GUIDE = Path(__file__).parents[3] / "docs/guide/analytical-logs.md"
CHANGED = {"slaProperties"}


def read(folder: Path, role: str) -> dict[str, object]:
    found = yaml.safe_load((folder / f"{MODEL}.{role}.odcs.yaml").read_text())
    for each in found["customProperties"]:
        if each["property"] == "assay.monitoring":
            each["value"].pop("lateness", None)
        if each["property"] == "assay.topics":
            each["value"].pop("retention", None)  # follows from the lateness
    return {name: value for name, value in found.items() if name not in CHANGED}


@pytest.mark.parametrize("role", ["predictions", "labels"])
def test_the_command_of_the_guide_writes_them(role: str, tmp_path: Path) -> None:
    text = GUIDE.read_text().split("assay model init delay-model", 1)[1].split("--output", 1)[0]
    arguments = [each.strip("'") for each in text.replace("\\", " ").split()]

    done = CliRunner().invoke(app, ["model", "init", MODEL, *arguments, "--output", str(tmp_path)])

    assert done.exit_code == 0, done.output
    assert read(tmp_path, role) == read(CONTRACTS, role)


def test_they_speak_of_the_features_and_classes_of_the_model() -> None:
    setting = Setting.of(load((CONTRACTS / f"{MODEL}.predictions.odcs.yaml").read_bytes()), VERSION)

    assert (setting.model, setting.kind, setting.classes) == (MODEL, "binary", CLASSES)
    assert isinstance(setting.features, FeatureSchema)
    assert tuple(each.name for each in setting.features.features) == (*WORDS, *NUMBERS)


def test_it_is_watched_by_day() -> None:
    monitoring = load((CONTRACTS / f"{MODEL}.predictions.odcs.yaml").read_bytes()).monitoring

    assert (1000 * monitoring.window_s, 1000 * monitoring.hop_s) == (DAY_MS, DAY_MS)
    assert monitoring.lateness_s == monitoring.horizon_s


@pytest.mark.parametrize("role", ["predictions", "labels"])
def test_records_are_kept_for_as_long_as_they_are_waited_for(role: str) -> None:
    monitoring = load((CONTRACTS / f"{MODEL}.predictions.odcs.yaml").read_bytes()).monitoring

    kept_h = load((CONTRACTS / f"{MODEL}.{role}.odcs.yaml").read_bytes()).validated_retention_h
    assert kept_h * 3600 == monitoring.horizon_s + monitoring.lateness_s


def test_they_lint_together() -> None:
    assert lint_together({str(file): file.read_bytes() for file in CONTRACTS.glob(f"{MODEL}.*.yaml")}) == []


def test_the_truth_about_the_past_is_not_late() -> None:
    """Flights of 2013 are played back: a promise of how soon records come would be broken by each of them."""
    for role in ("predictions", "labels"):
        assert load((CONTRACTS / f"{MODEL}.{role}.odcs.yaml").read_bytes()).promises == ()
