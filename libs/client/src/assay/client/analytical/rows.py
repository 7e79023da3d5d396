"""Messages of one prediction, or of what came of one."""

from __future__ import annotations

from google.protobuf.timestamp_pb2 import Timestamp

from assay.api.models.v1 import prediction_pb2 as pb
from assay.client.analytical.answer import Row
from assay.client.analytical.features import bits
from assay.client.analytical.setting import Setting

__all__ = ["prediction", "stamp", "vector"]


def stamp(at_ms: int) -> Timestamp:
    """Milliseconds since 1970 as Protobuf has them."""
    return Timestamp(seconds=at_ms // 1000, nanos=at_ms % 1000 * 1_000_000)


def prediction(setting: Setting, row: Row) -> pb.Prediction:
    """The message of an answer."""
    answer = row.answer
    return pb.Prediction(
        prediction_id=row.prediction_id,
        predicted_at=stamp(row.at_ms),
        model=setting.model,
        model_version=setting.version,
        kind=setting.kind,
        score=answer.score,
        label=answer.label or None,
        probabilities=answer.probabilities,
        threshold=setting.threshold,
        latency_ms=answer.latency_ms,
        features_ms=answer.features_ms,
        status=answer.status,
        error_class=answer.error_class or None,
        is_fallback=answer.is_fallback or None,
        deployment=setting.deployment or None,
        environment=setting.environment or None,
        variant=answer.variant or None,
        experiment=answer.experiment or None,
        entity=answer.entity or None,
        user=answer.user or None,
        items=answer.items,
        item_scores=answer.item_scores,
    )


def vector(setting: Setting, row: Row) -> pb.FeatureVector:
    """The message of what an answer was made from."""
    features, count = row.features, len(setting.features.ordered)
    present = (1 << count) - 1 ^ features.missing
    return pb.FeatureVector(
        prediction_id=row.prediction_id,
        predicted_at=stamp(row.at_ms),
        model=setting.model,
        model_version=setting.version,
        schema_id=setting.features.id,
        numbers=features.numbers,
        texts=features.texts,
        present=bits(present, count) if features.missing else None,
        not_finite=bits(features.not_finite, count) if features.not_finite else None,
    )
