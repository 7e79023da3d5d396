"""`assay drift profile` of a table with predictions and labels: one document, which older readers read too."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from assay.contracts.analytical import Feature, FeatureSchema, Model, contracts_of
from assay.monitoring.losses import read_losses
from assay.monitoring.multivariate import pair_counter, read_pairs
from assay.monitoring.performance import BinaryCounts, MulticlassCounts, RegressionCounts, multiclass_metrics
from assay.monitoring.performance.papers import added_up, read_performance
from assay.monitoring.profiles import Labels, Numbers, Profile
from assay.monitoring.profiles.bins import NumericBins
from assay.monitoring.profiles.cells import MISSING, NOT_FINITE
from assay.monitoring.profiles.papers import profile_from_json
from tests.unit.cli.test_drift import Columns, checked, drift, stored, written

FEATURES = (Feature("age"), Feature("zip", "string"), Feature("is_new", "boolean"))


def loans(rows: int = 4000, words: tuple[str, str] = ("0", "1")) -> dict[str, list[object]]:
    draw = np.random.default_rng(5)
    scores = draw.uniform(0, 1, rows).round(4)
    truths = draw.uniform(0, 1, rows) < scores
    return {
        "age": [round(float(each), 2) for each in draw.normal(40, 9, rows)],
        "zip": [f"{each:02d}" for each in draw.integers(0, 9, rows)],
        "is_new": [str(bool(each)).lower() for each in draw.integers(0, 2, rows)],
        "score": [float(each) for each in scores],
        "said": [words[int(each >= 0.5)] for each in scores],
        "repaid": ["" if at % 10 == 0 else words[int(each)] for at, each in enumerate(truths)],
    }


def document(file: Path, columns: Columns, *options: object) -> str:
    code, text, error = drift("profile", written(file, columns), *options)
    assert code == 0, error
    return text


def numeric(profile: Profile) -> dict[str, bool]:
    return {name: isinstance(bins, NumericBins) for name, bins in zip(profile.names, profile.bins, strict=True)}


def contract(folder: Path, model: Model, role: str = "predictions") -> Path:
    file = folder / f"{role}.odcs.yaml"
    file.write_text(contracts_of(model)[f"{model.name}.{role}.odcs.yaml"])
    return file


SAID = ("--label", "repaid", "--prediction", "said", "--score", "score")


def test_what_was_said_is_profiled_and_what_was_true_is_counted(tmp_path: Path) -> None:
    text = document(tmp_path / "loans.csv", loans(), *SAID)

    names = numeric(profile_from_json(text))
    windows = read_performance(text)
    assert names.keys() == {"age", "zip", "is_new", "prediction.score", "prediction.label"}
    assert (names["prediction.score"], names["prediction.label"]) == (True, False)
    whole = added_up(windows)
    assert isinstance(whole, BinaryCounts)
    assert (len(windows), whole.n, whole.labelled) == (20, 4000, 3600)


def test_a_profile_with_labels_is_a_reference_of_a_check_as_one_without(tmp_path: Path) -> None:
    columns = loans()
    kept = {name: columns[name] for name in ("age", "zip")}
    plain, labelled = tmp_path / "plain.json", tmp_path / "labelled.json"
    drift("profile", written(tmp_path / "plain.csv", kept), "--output", plain)
    drift("profile", written(tmp_path / "all.csv", columns), *SAID, "--ignore", "is_new", "--output", labelled)
    current = written(tmp_path / "now.csv", kept)

    lines = [checked(each, current, "--window-rows", 1000) for each in (plain, labelled)]

    assert lines[0] == lines[1]
    assert json.loads(labelled.read_text())["performance"]["kind"] == "binary"


def test_rows_count_in_order_of_time(tmp_path: Path) -> None:
    columns = loans() | {
        "at": [f"2026-01-{1 + at // 1440:02d}T{at // 60 % 24:02d}:{at % 60:02d}:00Z" for at in range(4000)]
    }
    backwards = {name: column[::-1] for name, column in columns.items()}

    one = document(tmp_path / "one.csv", columns, *SAID, "--time", "at")
    other = document(tmp_path / "other.csv", backwards, *SAID, "--time", "at")

    totals = [[each.labelled for each in read_performance(text)] for text in (one, other)]
    assert totals[0] == totals[1]


def test_shuffled_rows_say_nothing_of_how_windows_differ(tmp_path: Path) -> None:
    assert len(read_performance(document(tmp_path / "loans.csv", loans(), *SAID, "--shuffled"))) == 1


def test_few_labels_are_one_window(tmp_path: Path) -> None:
    assert len(read_performance(document(tmp_path / "loans.csv", loans(500), *SAID))) == 1


def test_a_contract_says_what_the_features_and_classes_are(tmp_path: Path) -> None:
    model = Model("loans", FeatureSchema(FEATURES), classes=("lost", "kept"))
    file = contract(tmp_path, model)
    columns = loans(words=("lost", "kept")) | {"noise": [*range(4000)]}

    text = document(tmp_path / "loans.csv", columns, *SAID, "--contract", file)

    assert numeric(profile_from_json(text)) == {
        "age": True,
        "zip": False,
        "is_new": True,
        "prediction.score": True,
        "prediction.label": False,
    }
    whole = added_up(read_performance(text))
    assert isinstance(whole, BinaryCounts)
    assert whole.confusion[1][1] > whole.confusion[1][0]


def test_a_boolean_of_a_contract_is_a_number(tmp_path: Path) -> None:
    model = Model("loans", FeatureSchema(FEATURES))

    text = document(tmp_path / "loans.csv", loans(), "--contract", contract(tmp_path, model))

    profile = profile_from_json(text)
    cells = profile.cells.counts[profile.names.index("is_new")]
    assert (cells[:-3].sum(), cells[-3:].sum()) == (4000, 0)


def test_a_boolean_beside_what_is_none_is_a_number(tmp_path: Path) -> None:
    model = Model("loans", FeatureSchema(FEATURES))
    columns = loans() | {"is_new": ["True", "False", "true", "?"] * 1000}

    text = document(tmp_path / "loans.csv", columns, "--contract", contract(tmp_path, model))

    profile = profile_from_json(text)
    cells = profile.cells.counts[profile.names.index("is_new")]
    assert (cells[:-3].sum(), cells[NOT_FINITE]) == (3000, 1000)


def test_features_may_have_a_contract_of_their_own(tmp_path: Path) -> None:
    model = Model("loans", FeatureSchema(FEATURES), layout="rows")
    files = [contract(tmp_path, model, role) for role in ("predictions", "features")]

    text = document(tmp_path / "loans.csv", loans(), *SAID, "--contract", files[0], "--contract", files[1])

    assert len(profile_from_json(text).names) == 5
    code, _, error = drift("profile", tmp_path / "loans.csv", "--contract", files[0])
    assert (code, "no contract names features" in error) == (2, True)


def test_words_of_a_contract_are_those_that_stand_there(tmp_path: Path) -> None:
    model = Model("loans", FeatureSchema((*FEATURES, Feature("country", "string"))), classes=("False", "True"))
    columns = loans(words=("False", "True")) | {
        "zip": ["01234", "20095"] * 2000,
        "country": ["NA", "DE", ""] * 1333 + ["NA"],
    }

    text = document(tmp_path / "loans.csv", columns, *SAID, "--contract", contract(tmp_path, model))

    profile = profile_from_json(text)
    words = {name: profile.bins[profile.names.index(name)].names() for name in ("zip", "country", "prediction.label")}
    assert {name: set(each) - {"other"} for name, each in words.items()} == {
        "zip": {"01234", "20095"},
        "country": {"NA", "DE"},
        "prediction.label": {"False", "True"},
    }
    assert profile.cells.counts[profile.names.index("country"), MISSING] == 1333


@pytest.mark.parametrize("kind", ["csv", "parquet"])
@pytest.mark.parametrize(
    ("classes", "spelt"),
    [
        (("true", "false", "unknown"), ("true", "false", "unknown")),
        (("true", "false", "unknown"), ("True", "False", "unknown")),
        (("01", "1.0", "2"), ("01", "1.0", "2")),
        (("None", "NA", "some"), ("None", "NA", "some")),
        (("1", "2", "3"), ("1.0", "2.0", "3.0")),
    ],
)
def test_a_prediction_that_is_right_is_right_however_classes_are_spelt(
    tmp_path: Path, classes: tuple[str, ...], spelt: tuple[str, ...], kind: str
) -> None:
    model = Model("loans", FeatureSchema((Feature("age"),)), kind="multiclass", classes=classes)
    said = [spelt[at % 3] for at in range(900)]
    columns: Columns = {"age": [*range(900)], "said": said, "repaid": ["", *said[1:]]}
    file = stored(tmp_path / f"loans.{kind}", columns)

    code, text, error = drift("profile", file, *SAID[:4], "--contract", contract(tmp_path, model))

    assert code == 0, error
    whole, profile = added_up(read_performance(text)), profile_from_json(text)
    assert isinstance(whole, MulticlassCounts)
    assert (whole.n, whole.labelled, multiclass_metrics(whole).accuracy) == (900, 899, 1.0)
    assert {*profile.bins[profile.names.index("prediction.label")].names()} == {*classes, "other"}


def test_an_empty_label_that_is_no_class_is_no_label(tmp_path: Path) -> None:
    model = Model("loans", FeatureSchema(FEATURES), classes=("lost", "kept"))
    columns = loans(words=("lost", "kept"))
    columns["repaid"] = [each or "NaN" for each in columns["repaid"]]

    text = document(tmp_path / "loans.csv", columns, *SAID, "--contract", contract(tmp_path, model))

    assert added_up(read_performance(text)).labelled == 3600


def test_classes_have_the_order_of_the_contract(tmp_path: Path) -> None:
    model = Model("loans", FeatureSchema(FEATURES), kind="multiclass", classes=("one", "0", "1"))
    options = ("--label", "repaid", "--prediction", "said", "--contract", contract(tmp_path, model))

    whole = added_up(read_performance(document(tmp_path / "loans.csv", loans(), *options)))

    assert isinstance(whole, MulticlassCounts)
    assert whole.classes == ("one", "0", "1")


def test_a_regression_has_its_predictions_as_numbers(tmp_path: Path) -> None:
    columns = loans()
    columns |= {"said": columns["age"], "repaid": [each + 1.5 for each in columns["age"]]}  # type: ignore[operator]  # floats

    text = document(
        tmp_path / "loans.csv", columns, "--label", "repaid", "--prediction", "said", "--kind", "regression"
    )

    whole = added_up(read_performance(text))
    assert isinstance(whole, RegressionCounts)
    assert len(whole.edges) == 19
    assert whole.errors.mean == pytest.approx(-1.5)
    assert numeric(profile_from_json(text))["prediction.score"]


def test_a_regression_has_what_errors_are_by_its_features(tmp_path: Path) -> None:
    columns = loans()
    ages = np.array(columns["age"], dtype=np.float64)
    errors = np.where(ages > 40, 3.0, 1.0)
    columns |= {"said": ages.tolist(), "repaid": (ages + errors).tolist()}
    options = ("--label", "repaid", "--prediction", "said", "--kind", "regression")

    text = document(tmp_path / "loans.csv", columns, *options)

    profile, pairs = profile_from_json(text), read_pairs(text)
    losses = read_losses(text, profile, pairs)
    assert losses is not None
    assert pairs is not None
    young: dict[str, Numbers | Labels] = {
        "age": Numbers(np.full(10, 30.0)), "prediction.score": Numbers(np.full(10, 30.0)),
        "score": Numbers(np.full(10, 0.5)), "zip": Numbers(np.full(10, 3.0)), "is_new": Labels(np.zeros(10, np.int64), ("true",)),
    }  # fmt: skip
    young = {name: young[name] for name in profile.names}
    found = losses.estimate(profile.count(young), pair_counter(profile, pairs.names).count(profile.place(young)))
    assert found is not None
    assert found.mae == pytest.approx(1.0, abs=0.2)
    assert "losses" not in json.loads(
        document(tmp_path / "few.csv", {each: of[:499] for each, of in columns.items()}, *options)
    )


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--label", "repaid"), "--label needs --prediction"),
        (("--label", "gone", "--prediction", "said"), "there is no column 'gone'"),
        (("--prediction", "gone"), "there is no column gone"),
        (("--label", "repaid", "--prediction", "zip"), "a binary model has one class beside '1'"),
    ],
)
def test_what_can_not_be_counted_is_said(tmp_path: Path, options: tuple[str, ...], says: str) -> None:
    code, _, error = drift("profile", written(tmp_path / "loans.csv", loans(300)), *options)

    assert code == 2
    assert says in error


def test_a_profile_says_how_columns_go_together_in_windows_that_were_asked_for(tmp_path: Path) -> None:
    columns = loans()
    for options, windows in (
        ((), 20),
        (("--window-rows", 160), 25),
        (("--window-minutes", 100, "--time", "at"), 39),
        (("--shuffled",), 0),
    ):
        moments = [f"2026-01-{1 + at // 1440:02d}T{at // 60 % 24:02d}:{at % 60:02d}:00" for at in range(4000)]
        text = document(tmp_path / "loans.csv", {**columns, "at": moments}, "--ignore", "said,repaid,zip", *options)
        pairs = read_pairs(text)
        assert pairs is not None
        assert {"age", "is_new", "score"} <= {*pairs.names}
        assert pairs.windows[pairs.names.index("age"), pairs.names.index("score")] == windows


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--window-rows", 300), "it has 14 windows with 100 rows or more, and how pairs of columns vary takes 20"),
        (("--window-rows", 50), "it has 0 windows with 100 rows or more"),
        (("--window-minutes", 60), "windows of time need --time COLUMN"),
    ],
)
def test_windows_that_show_nothing_of_pairs_are_refused(tmp_path: Path, options: tuple[object, ...], says: str) -> None:
    code, _, error = drift("profile", written(tmp_path / "loans.csv", loans()), *options)

    assert code == 2
    assert says in error
