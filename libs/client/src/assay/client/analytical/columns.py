"""Many predictions with their features as one message, a column for each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import reduce
from operator import or_

from assay.api.models.v1 import prediction_pb2 as pb
from assay.client.analytical.answer import Row
from assay.client.analytical.errors import FeatureError
from assay.client.analytical.features import Value, bits, has_bit, unpacked
from assay.client.analytical.rows import stamp
from assay.client.analytical.setting import Setting
from assay.contracts.analytical import FeatureSchema

__all__ = ["batch", "features_of", "frame_bytes", "likeness"]


def likeness(row: Row) -> tuple[object, ...]:
    """What rows of one batch share: with it a column has a value for each row, or is not there."""
    answer = row.answer
    has = (answer.score is not None, bool(answer.label), len(answer.probabilities), bool(answer.item_scores))
    timed = (answer.latency_ms is not None, answer.features_ms is not None)
    return (answer.variant, answer.experiment, *has, *timed)


def frame_bytes(setting: Setting) -> int:
    """No less than what a batch has beside its rows: what they share, and the framing of its columns."""
    shared = (setting.model, setting.version, setting.deployment, setting.environment)
    return 1024 + 24 * len(setting.features.ordered) + sum(len(each.encode()) for each in shared)


def batch(setting: Setting, rows: Sequence[Row]) -> pb.PredictionBatch:
    """The message of rows that are alike and belong to one partition."""
    first, answers = rows[0], [row.answer for row in rows]
    start_ms = min(row.at_ms for row in rows)
    return pb.PredictionBatch(
        prediction_id=first.prediction_id,
        predicted_at=stamp(start_ms),
        model=setting.model,
        model_version=setting.version,
        kind=setting.kind,
        partitions=setting.partitions,
        prediction_ids=[row.prediction_id for row in rows],
        offsets_ms=[row.at_ms - start_ms for row in rows],
        scores=[each.score for each in answers if each.score is not None],
        labels=[each.label for each in answers] if first.answer.label else (),
        probabilities=[share for each in answers for share in each.probabilities],
        threshold=setting.threshold,
        latencies_ms=[each.latency_ms for each in answers if each.latency_ms is not None],
        failures=list(_failures(rows)),
        features=_columns(setting.features, rows),
        deployment=setting.deployment or None,
        environment=setting.environment or None,
        variant=first.answer.variant or None,
        experiment=first.answer.experiment or None,
        entities=_texts([each.entity for each in answers]),
        users=_texts([each.user for each in answers]),
        fallbacks=[place for place, each in enumerate(answers) if each.is_fallback],
        features_ms=[each.features_ms for each in answers if each.features_ms is not None],
        items=[item for each in answers for item in each.items],
        item_counts=[len(each.items) for each in answers] if any(each.items for each in answers) else (),
        item_scores=[score for each in answers for score in each.item_scores],
    )


def features_of(columns: pb.FeatureColumns, schema: FeatureSchema) -> Iterator[dict[str, Value]]:
    """The features of each row by their names.

    Raises:
        FeatureError: the columns are not those of the schema.
    """
    shape = (columns.schema_id, len(columns.numbers), len(columns.texts))
    if shape != (schema.id, len(schema.numbers), len(schema.texts)):
        raise FeatureError(f"these columns have the schema {columns.schema_id}, asked for was {schema.id}")
    lengths = {len(each.values) for each in columns.numbers} | {len(each.codes) for each in columns.texts}
    if len(lengths) > 1:
        raise FeatureError("these columns are not of one length")
    for row in range(max(lengths, default=0)):
        yield unpacked(schema, *_row(columns, row))


def _row(columns: pb.FeatureColumns, row: int) -> tuple[list[float], list[str], bytes, bytes]:
    missing = not_finite = 0
    presences = (*(each.present for each in columns.numbers), *(each.present for each in columns.texts))
    for place, present in enumerate(presences):
        missing |= (bool(present) and not has_bit(present, row)) << place
    for place, number in enumerate(columns.numbers):
        not_finite |= has_bit(number.not_finite, row) << place
    numbers = [each.values[row] for each in columns.numbers]
    texts = [_decoded(each, row) for each in columns.texts]
    count = len(numbers) + len(texts)
    return numbers, texts, bits((1 << count) - 1 ^ missing, count), bits(not_finite, count)


def _decoded(column: pb.TextColumn, row: int) -> str:
    code = column.codes[row]
    if code < len(column.dictionary):
        return column.dictionary[code]
    if column.present and not has_bit(column.present, row):
        return ""
    raise FeatureError(f"code {code} is not in a dictionary of {len(column.dictionary)}")


def _failures(rows: Sequence[Row]) -> Iterator[pb.PredictionFailure]:
    for place, row in enumerate(rows):
        if row.answer.status != "ok":
            error_class = row.answer.error_class or None
            yield pb.PredictionFailure(row=place, status=row.answer.status, error_class=error_class)


def _columns(schema: FeatureSchema, rows: Sequence[Row]) -> pb.FeatureColumns:
    missing = [row.features.missing for row in rows]
    not_finite = [row.features.not_finite for row in rows]
    lacking, odd = reduce(or_, missing), reduce(or_, not_finite)  # most columns lack nothing: look at no row of them
    numbers = list(zip(*(row.features.numbers for row in rows), strict=True))
    texts = list(zip(*(row.features.texts for row in rows), strict=True))
    return pb.FeatureColumns(
        schema_id=schema.id,
        numbers=[
            pb.NumberColumn(
                values=values,
                present=_present(missing, place) if lacking >> place & 1 else None,
                not_finite=_flagged(not_finite, place) if odd >> place & 1 else None,
            )
            for place, values in enumerate(numbers)
        ],
        texts=[
            _text_column(values, _present(missing, place) if lacking >> place & 1 else None)
            for place, values in enumerate(texts, len(numbers))
        ],
    )


def _text_column(values: Sequence[str], present: bytes | None) -> pb.TextColumn:
    dictionary = {value: code for code, value in enumerate(dict.fromkeys(values))}
    return pb.TextColumn(dictionary=list(dictionary), codes=[dictionary[each] for each in values], present=present)


def _present(missing: Sequence[int], place: int) -> bytes:
    """The bits of the rows that have a value at a place."""
    everyone = (1 << len(missing)) - 1
    return bits(everyone ^ int.from_bytes(_flagged(missing, place), "little"), len(missing))


def _flagged(flags: Sequence[int], place: int) -> bytes:
    """The bits of the rows whose flag at a place is set; empty where none is."""
    found = sum(1 << row for row, each in enumerate(flags) if each >> place & 1)
    return bits(found, len(flags)) if found else b""


def _texts(values: Sequence[str]) -> Sequence[str]:
    return values if any(values) else ()
