"""Features on the wire as the columns that a profile counts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from assay.api.models.v1 import prediction_pb2 as pb
from assay.contracts.analytical import FeatureSchema
from assay.monitoring.profiles import Labels, Numbers, Table
from assay.monitoring.profiles.columns import Column

__all__ = ["are_of", "fits", "numbers_of", "table_of_vectors", "tables_of"]

Booleans = NDArray[np.bool_]
Floats = NDArray[np.float64]


def are_of(columns: pb.FeatureColumns, schema: FeatureSchema, rows: int) -> bool:
    """Say whether the features of a batch are those of the schema, with a value for each row."""
    shape = (columns.schema_id, len(columns.numbers), len(columns.texts))
    if shape != (schema.id, len(schema.numbers), len(schema.texts)):
        return False
    return all(len(each.values) == rows for each in columns.numbers) and all(
        len(each.codes) == rows for each in columns.texts
    )


def tables_of(batches: Sequence[pb.FeatureColumns], schema: FeatureSchema, counts: Sequence[int]) -> Table | None:
    """Return the features of batches of so many rows each, one after the other; None where they are none of the schema."""
    if not are_of(batches[0], schema, counts[0]):
        return None
    everyone = np.ones(sum(counts), dtype=np.bool_)
    found: dict[str, Column] = {}
    numbers, texts = (
        zip(*(each.numbers for each in batches), strict=True),
        zip(*(each.texts for each in batches), strict=True),
    )
    for feature, columns in zip(schema.numbers, numbers, strict=True):
        found[feature.name] = _numbers(columns, counts, everyone)
    for feature, words in zip(schema.texts, texts, strict=True):
        found[feature.name] = _labels(words, counts)
    return found


def numbers_of(columns: Sequence[Sequence[float]]) -> Floats:
    """Return the numbers of repeated fields one after the other."""
    if len(columns) == 1:
        return np.array(columns[0], dtype=np.float64)
    values: list[float] = []
    for each in columns:  # of small fields four times as fast as an array of each
        values += each
    return np.array(values, dtype=np.float64)


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


def _numbers(columns: Sequence[pb.NumberColumn], counts: Sequence[int], everyone: Booleans) -> Numbers:
    values = numbers_of([each.values for each in columns])
    if any(each.not_finite for each in columns):
        values[_flags([each.not_finite for each in columns], counts)] = np.nan
    has_gaps = any(each.present for each in columns)
    return Numbers(values, _flags([each.present for each in columns], counts, otherwise=True) if has_gaps else everyone)


def _labels(columns: Sequence[pb.TextColumn], counts: Sequence[int]) -> Labels:
    places: dict[str, int] = {}
    parts = []
    for column, count in zip(columns, counts, strict=True):
        own = np.array([*(places.setdefault(word, len(places)) for word in column.dictionary), -1], dtype=np.int64)
        codes = np.array(column.codes, dtype=np.int64)
        there = codes < len(column.dictionary)
        if column.present:
            there &= _bits(column.present, count)
        parts.append(own[np.where(there, codes, -1)])
    return Labels(np.concatenate(parts), tuple(places))


def _flags(flags: Sequence[bytes], counts: Sequence[int], *, otherwise: bool = False) -> Booleans:
    parts = [_bits(each, count, otherwise=otherwise) for each, count in zip(flags, counts, strict=True)]
    return np.concatenate(parts)


def _bits(flags: bytes, count: int, *, otherwise: bool = False) -> Booleans:
    """The flags, lowest bit first; those beyond the end are not set, and where there is none at all, all are `otherwise`."""
    if not flags:
        return np.full(count, otherwise)
    found = np.unpackbits(np.frombuffer(flags, dtype=np.uint8), bitorder="little", count=count)
    return found.astype(np.bool_)
