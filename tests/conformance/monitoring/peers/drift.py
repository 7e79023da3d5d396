# /// script
# requires-python = ">=3.11,<3.12"
# dependencies = ["evidently==0.7.23", "nannyml==0.13.1", "pandas<3", "statsmodels==0.15.0"]
#
# [tool.uv]
# override-dependencies = [ # clouds, pictures and graphics cards, which nothing here asks for
#   "gcsfs; sys_platform == 'never'",
#   "kaleido; sys_platform == 'never'",
#   "nvidia-nccl-cu12; sys_platform == 'never'",
#   "s3fs; sys_platform == 'never'",
# ]
# ///
"""Evidently and NannyML at work: numbers of the samples in a folder, and of NannyML's own sets, which it leaves there.

Reads `samples.json`; writes `theirs.json` and a CSV for each period of each set. pandas 3 and a missing statsmodels
break what these two declare.
"""

from __future__ import annotations

import json
import sys
import warnings
from pathlib import Path

import nannyml
import pandas as pd
from evidently import BinaryClassification, DataDefinition, Dataset, Regression, Report
from evidently.metrics import MAE, RMSE, Accuracy, F1Score, LogLoss, Precision, R2Score, Recall, RocAuc, ValueDrift

ROWS = 5_000
"""Rows of a chunk of the sets."""

EVIDENTLY = {"words": ("psi", "jensenshannon", "hellinger"), "numbers": ("ks", "wasserstein")}
NANNYML = {
    "words": ("jensen_shannon", "hellinger", "chi2"),
    "numbers": ("kolmogorov_smirnov", "wasserstein"),
}


def by_evidently(metrics, current, reference, definition):
    """Return what a report says, metric by metric, in their order."""
    sides = [Dataset.from_pandas(each, data_definition=definition) for each in (current, reference)]
    return [each["value"] for each in Report(metrics).run(*sides).dict()["metrics"]]


def by_nannyml(calculator, reference, current, names):
    """Return what a calculator or estimator says of each chunk of the current rows, name by name."""
    calculator.fit(reference)
    chunks = getattr(calculator, "calculate", None) or calculator.estimate
    found = chunks(current).filter(period="analysis").to_df()
    columns = {each[-2]: each for each in found.columns if each[-1] == "value"}
    return {name: found[columns[name]].tolist() for name in names}


def of_sample(sample):
    """Return the numbers of one column of two samples."""
    kind = sample["kind"]
    reference, current = (pd.DataFrame({"x": sample[side]}) for side in ("reference", "current"))
    role = "categorical_columns" if kind == "words" else "numerical_columns"
    drifts = [ValueDrift(column="x", method=each) for each in EVIDENTLY[kind]]
    theirs = by_evidently(drifts, current, reference, DataDefinition(**{role: ["x"]}))
    methods = {("categorical" if kind == "words" else "continuous") + "_methods": list(NANNYML[kind])}
    calculator = nannyml.UnivariateDriftCalculator(
        column_names=["x"],
        treat_as_categorical=["x"] if kind == "words" else None,
        chunk_size=len(current),
        **methods,
    )
    others = by_nannyml(calculator, reference, current, NANNYML[kind])
    return {
        "evidently": dict(zip(EVIDENTLY[kind], theirs, strict=True)),
        "nannyml": {name: chunks[0] for name, chunks in others.items()},
    }


def in_cells(frame, scores):
    """Return the rows with each score in the middle of its hundredth."""
    moved = frame.copy()
    for score in scores:
        moved[score] = ((frame[score] * 100).astype(int).clip(upper=99) + 0.5) / 100
    return moved


def of_car_loan(folder):
    """Return estimates and figures of a binary model."""
    names = ["accuracy", "roc_auc", "f1", "precision", "recall"]
    reference, current, truths = nannyml.load_synthetic_car_loan_dataset()
    labelled = current.merge(truths, on="id")
    keep(folder, "car_loan", reference, labelled)
    shared = {"y_pred_proba": "y_pred_proba", "y_pred": "y_pred", "y_true": "repaid", "metrics": names}
    shared |= {"problem_type": "classification_binary", "chunk_size": ROWS}
    found = {}
    for kind, sides in {
        "cells": [in_cells(each, ["y_pred_proba"]) for each in (reference, labelled)],
        "scores": [reference, labelled],
    }.items():
        cbpe = nannyml.CBPE(**shared)
        found[kind] = {
            "estimated": by_nannyml(cbpe, sides[0], sides[1].drop(columns="repaid"), names),
            "calibrated": bool(cbpe.needs_calibration),
            "realised": by_nannyml(nannyml.PerformanceCalculator(**shared), *sides, names),
        }
    last = [each.astype({"repaid": int}) for each in (labelled.iloc[-ROWS:], reference)]
    decided = BinaryClassification(target="repaid", prediction_labels="y_pred", pos_label=1)
    scored = BinaryClassification(target="repaid", prediction_probas="y_pred_proba", pos_label=1)
    decisions = {"accuracy": Accuracy(), "f1": F1Score(), "precision": Precision(), "recall": Recall()}
    chances = {"roc_auc": RocAuc(), "log_loss": LogLoss()}
    columns = {"numerical_columns": ["y_pred_proba"], "categorical_columns": ["repaid", "y_pred"]}
    figures = [
        each
        for of, kinds in ((decided, decisions), (scored, chances))
        for each in by_evidently(list(kinds.values()), *last, DataDefinition(classification=[of], **columns))
    ]
    return found | {"evidently": dict(zip(decisions | chances, figures, strict=True))}


def of_credit_cards(folder):
    """Return estimates and figures of a model with three classes."""
    names = ["accuracy", "f1", "precision", "recall"]
    reference, current, truths = nannyml.load_synthetic_multiclass_classification_dataset()
    labelled = current.merge(truths, on="id")
    keep(folder, "credit_cards", reference, labelled)
    scores = {each.removeprefix("y_pred_proba_"): each for each in reference.columns if each.startswith("y_pred_proba")}
    shared = {"y_pred_proba": scores, "y_pred": "y_pred", "y_true": "y_true", "metrics": names}
    shared |= {"problem_type": "classification_multiclass", "chunk_size": ROWS}
    sides = [in_cells(each, scores.values()) for each in (reference, labelled)]
    return {
        "estimated": by_nannyml(nannyml.CBPE(**shared), sides[0], sides[1].drop(columns="y_true"), names),
        "realised": by_nannyml(nannyml.PerformanceCalculator(**shared), *sides, names),
    }


def of_car_price(folder):
    """Return estimates and figures of a regression."""
    names = ["mae", "rmse"]
    reference, current, truths = nannyml.load_synthetic_car_price_dataset()
    labelled = current.join(truths[["y_true"]]) if "id" not in truths else current.merge(truths, on="id")
    keep(folder, "car_price", reference, labelled)
    shared = {"y_pred": "y_pred", "y_true": "y_true", "metrics": names, "chunk_size": ROWS}
    features = [each for each in reference.columns if each not in ("id", "timestamp", "y_pred", "y_true")]
    dle = nannyml.DLE(feature_column_names=features, **shared)
    figures = nannyml.PerformanceCalculator(problem_type="regression", **shared)
    definition = DataDefinition(
        regression=[Regression(target="y_true", prediction="y_pred")], numerical_columns=["y_true", "y_pred"]
    )
    kinds = {"mae": MAE(), "rmse": RMSE(), "r2": R2Score()}
    last = by_evidently(list(kinds.values()), labelled.iloc[-ROWS:], reference, definition)
    last[0] = last[0]["mean"]
    return {
        "estimated": by_nannyml(dle, reference, labelled.drop(columns="y_true"), names),
        "realised": by_nannyml(figures, reference, labelled, names),
        "evidently": dict(zip(kinds, last, strict=True)),
    }


def keep(folder, name, reference, current):
    """Leave the rows of a set for who asked."""
    reference.to_csv(folder / f"{name}.reference.csv", index=False)
    current.to_csv(folder / f"{name}.current.csv", index=False)


def main():
    """Work through the folder."""
    warnings.simplefilter("ignore")
    folder = Path(sys.argv[1])
    samples = json.loads((folder / "samples.json").read_text())
    found = {
        "samples": {name: of_sample(sample) for name, sample in samples.items()},
        "car_loan": of_car_loan(folder),
        "credit_cards": of_credit_cards(folder),
        "car_price": of_car_price(folder),
    }
    (folder / "theirs.json").write_text(json.dumps(found))


if __name__ == "__main__":
    main()
