"""Features on the wire as the columns that a profile counts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from assay.api.models.v1 import prediction_pb2 as pb
from assay.contracts.analytical import FeatureSchema
from assay.monitoring.profiles import Labels, Numbers, Table
from assay.monitoring.profiles.columns import Column

__all__ = ["LABEL", "SCORE", "fits", "table_of", "table_of_vectors"]

Booleans = NDArray[np.bool_]

SCORE, LABEL = "prediction.score", "prediction.label"
"""Columns beside the features, that a profile may hold too: what a model says drifts as what it reads does."""


def table_of(columns: pb.FeatureColumns, schema: FeatureSchema, rows: int) -> Table | None:
    """Return the features of a batch; None where they are not those of the schema, or not of so many rows."""
    shape = (columns.schema_id, len(columns.numbers), len(columns.texts))
    if shape != (schema.id, len(schema.numbers), len(schema.texts)):
        return None
    if any(len(each.values) != rows for each in columns.numbers) or any(
        len(each.codes) != rows for each in columns.texts
    ):
        return None
    everyone = np.ones(rows, dtype=np.bool_)
    found: dict[str, Column] = {}
    for feature, numbers in zip(schema.numbers, columns.numbers, strict=True):
        found[feature.name] = _numbers(numbers, rows, everyone)
    for feature, texts in zip(schema.texts, columns.texts, strict=True):
        codes = np.array(texts.codes, dtype=np.int64)
        there = codes < len(texts.dictionary)
        if texts.present:
            there &= _bits(texts.present, rows)
        found[feature.name] = Labels(codes if there.all() else np.where(there, codes, -1), tuple(texts.dictionary))
    return found


def fits(vector: pb.FeatureVector, schema: FeatureSchema) -> bool:
    """Say whether a vector is one of the schema."""
    shape = (vector.schema_id, len(vector.numbers), len(vector.texts))
    return shape == (schema.id, len(schema.numbers), len(schema.texts))


def table_of_vectors(vectors: Sequence[pb.FeatureVector], schema: FeatureSchema) -> Table:
    """Return the features of single predictions, each of which fits the schema."""
    count = len(schema.ordered)
    there = np.array([_bits(each.present, count, otherwise=True) for each in vectors]).reshape(len(vectors), count)
    odd = np.array([_bits(each.not_finite, count) for each in vectors]).reshape(len(vectors), count)
    found: dict[str, Column] = {}
    for place, feature in enumerate(schema.numbers):
        values = np.array([each.numbers[place] for each in vectors], dtype=np.float64)
        values[odd[:, place]] = np.nan
        found[feature.name] = Numbers(values, there[:, place])
    for place, feature in enumerate(schema.texts):
        present = there[:, len(schema.numbers) + place]
        words = [each.texts[place] if has else None for each, has in zip(vectors, present.tolist(), strict=True)]
        places = {word: code for code, word in enumerate(dict.fromkeys(each for each in words if each is not None))}
        codes = np.array([-1 if each is None else places[each] for each in words], dtype=np.int64)
        found[feature.name] = Labels(codes, tuple(places))
    return found


def _numbers(column: pb.NumberColumn, rows: int, everyone: Booleans) -> Numbers:
    values = np.array(column.values, dtype=np.float64)
    if column.not_finite:
        values[_bits(column.not_finite, rows)] = np.nan
    return Numbers(values, _bits(column.present, rows) if column.present else everyone)


def _bits(flags: bytes, count: int, *, otherwise: bool = False) -> Booleans:
    """The flags, lowest bit first; those beyond the end are not set, and where there is none at all, all are `otherwise`."""
    if not flags:
        return np.full(count, otherwise)
    found = np.unpackbits(np.frombuffer(flags, dtype=np.uint8), bitorder="little", count=count)
    return found.astype(np.bool_)
