"""Things that happen to a model: predictions, what they were made from, and what came of them, some of it twice."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence

from assay.api.models.v1 import outcome_pb2, prediction_pb2
from assay.contracts.model_log import Role
from assay.contracts.monitoring import Metric, Monitoring
from tests.unit.drift.counting.logs import BEGIN_MS, FEATURES, Logs, stamp

__all__ = ["HOUR_MS", "MONITORING", "batch", "story"]

HOUR_MS = 3_600_000
PLANS = ("free", "home", "work")
ITEMS = ("i0", "i1", "i2", "i3", "i4", "i5")
METRICS = (
    Metric("clicked", "outcome:click", "users", "a", (("a", 0.5), ("b", 0.5))),
    Metric("spent", "outcome:purchase", "action:shown", "a", (("a", 0.5), ("b", 0.5)), of_value=True),
)
MONITORING = Monitoring(
    window_s=3600, hop_s=3600, segments=("variant", "plan"), metrics=METRICS, horizon_s=7 * 24 * 3600
)


def batch(rows: Sequence[prediction_pb2.Prediction], vectors: Sequence[prediction_pb2.FeatureVector]) -> bytes:
    """Single predictions of one version and variant as a batch, in the order that they have."""
    first = rows[0]
    start = min(each.predicted_at.ToMilliseconds() for each in rows)
    words = list(dict.fromkeys(each.texts[0] for each in vectors))
    message = prediction_pb2.PredictionBatch(
        prediction_id=first.prediction_id,
        predicted_at=stamp(start),
        model="churn",
        model_version=first.model_version,
        kind=first.kind,
        partitions=3,
        prediction_ids=[each.prediction_id for each in rows],
        offsets_ms=[each.predicted_at.ToMilliseconds() - start for each in rows],
        scores=[each.score for each in rows],
        labels=[each.label for each in rows] if any(each.label for each in rows) else [],
        probabilities=[share for each in rows for share in each.probabilities],
        latencies_ms=[each.latency_ms for each in rows],
        failures=[
            prediction_pb2.PredictionFailure(row=place, status=each.status, error_class=each.error_class)
            for place, each in enumerate(rows)
            if each.status != "ok"
        ],
        features=prediction_pb2.FeatureColumns(
            schema_id=FEATURES.id,
            numbers=[prediction_pb2.NumberColumn(values=[each.numbers[0] for each in vectors])],
            texts=[prediction_pb2.TextColumn(dictionary=words, codes=[words.index(each.texts[0]) for each in vectors])],
        ),
        variant=first.variant,
        users=[each.user for each in rows],
        fallbacks=[place for place, each in enumerate(rows) if each.is_fallback],
        items=[item for each in rows for item in each.items],
        item_counts=[len(each.items) for each in rows] if first.kind == "ranking" else [],
    )
    return message.SerializeToString()


def story(logs: Logs, chance: random.Random, predictions: int) -> None:
    """Write a story into the logs: in any order, with repeats, corrections, and facts that come before what they are of."""
    rows = [_prediction(chance, number, logs.model.kind) for number in range(predictions)]
    vectors = [_vector(chance, row) for row in rows]
    facts = [fact for row in rows for fact in _afterwards(chance, row, logs.model.kind)]
    if "features" in logs.model.logs:
        facts += [("predictions", row.SerializeToString()) for row in rows]
        facts += [("features", each.SerializeToString()) for each in vectors]
    else:
        facts += _batches(chance, rows, vectors)
    facts += chance.sample(facts, len(facts) // 4)
    chance.shuffle(facts)
    for role, value in facts:
        logs.add(role, value)


def _batches(
    chance: random.Random,
    rows: Sequence[prediction_pb2.Prediction],
    vectors: Sequence[prediction_pb2.FeatureVector],
) -> list[tuple[Role, bytes]]:
    found: list[tuple[Role, bytes]] = []
    for variant in ("a", "b"):
        alike = [place for place, row in enumerate(rows) if row.variant == variant]
        while alike:
            some, alike = alike[:3], alike[chance.randrange(2, 4) :]  # a row may be in two batches
            found.append(("predictions", batch([rows[each] for each in some], [vectors[each] for each in some])))
    return found


def _prediction(chance: random.Random, number: int, kind: str) -> prediction_pb2.Prediction:
    variant = chance.choice(("a", "b"))
    items = chance.sample(ITEMS, chance.randrange(len(ITEMS))) if kind == "ranking" else []
    return prediction_pb2.Prediction(
        prediction_id=f"p{number}",
        predicted_at=stamp(BEGIN_MS + chance.randrange(5 * HOUR_MS)),
        model="churn",
        model_version={"a": "1", "b": "2"}[variant],
        kind=kind,
        score=chance.choice((0.0, 0.25, 0.5, 0.75, 1.0)) if kind != "regression" else chance.gauss(0, 5),
        label=chance.choice(("no", "yes", "")) if kind != "regression" else "",
        probabilities=chance.choice(((0.25, 0.75), (0.9, 0.1), (0.5, 0.5))) if kind == "multiclass" else (),
        latency_ms=chance.choice((1.5, 20.0)),
        status=chance.choice(("ok", "ok", "error")),
        error_class=chance.choice(("", "HTTP_503")),
        is_fallback=chance.random() < 0.2,
        variant=variant,
        user=chance.choice(("", "u1", "u2", "u3")),
        items=items,
    )


def _vector(chance: random.Random, row: prediction_pb2.Prediction) -> prediction_pb2.FeatureVector:
    return prediction_pb2.FeatureVector(
        prediction_id=row.prediction_id,
        predicted_at=row.predicted_at,
        model="churn",
        model_version=row.model_version,
        schema_id=FEATURES.id,
        numbers=[chance.gauss(10, 3)],
        texts=[chance.choice(PLANS)],
    )


def _afterwards(chance: random.Random, row: prediction_pb2.Prediction, kind: str) -> list[tuple[Role, bytes]]:
    at_ms = row.predicted_at.ToMilliseconds()
    found: list[tuple[Role, bytes]] = []

    def later() -> int:
        return at_ms + chance.randrange(3 * HOUR_MS)

    if kind == "ranking":
        found += [("labels", each.SerializeToString()) for each in _of_items(chance, row, later)]
    for revision in range(chance.randrange(3)):
        label = outcome_pb2.Label(
            prediction_id=row.prediction_id,
            labelled_at=stamp(later()),
            model="churn",
            revision=revision,
            label=None if kind == "regression" else chance.choice(("no", "yes")),
            value=chance.gauss(0, 5) if kind == "regression" else None,
            is_withdrawn=chance.random() < 0.2,
        )
        found.append(("labels", label.SerializeToString()))
    variant, user = (row.variant, row.user) if chance.random() < 0.5 else (None, None)
    for name in chance.sample(("click", "purchase", "nothing"), chance.randrange(3)):
        outcome = outcome_pb2.Outcome(
            prediction_id=row.prediction_id,
            observed_at=stamp(later()),
            model="churn",
            outcome_id=f"{row.prediction_id}-{name}",
            name=name,
            value=chance.choice((0.1, 19.9)),
            count=chance.choice((None, 2)),
            variant=variant,
            user=user,
        )
        found.append(("outcomes", outcome.SerializeToString()))
    action = outcome_pb2.Action(
        prediction_id=row.prediction_id,
        acted_at=stamp(later()),
        model="churn",
        action_id=f"{row.prediction_id}-s",
        name="shown",
        variant=variant,
        user=user,
    )
    found.append(("actions", action.SerializeToString()))
    sample = outcome_pb2.SkewSample(
        prediction_id=row.prediction_id,
        sampled_at=stamp(at_ms - chance.choice((0, 2 * HOUR_MS))),
        model="churn",
        model_version=row.model_version,
        schema_id=FEATURES.id,
        feature="tenure",
        online_number=1.0,
        offline_number=chance.choice((1.0, 2.0)),
    )
    found.append(("skew", sample.SerializeToString()))
    return found


def _of_items(
    chance: random.Random, row: prediction_pb2.Prediction, later: Callable[[], int]
) -> Iterator[outcome_pb2.Label]:
    for item in chance.sample(ITEMS, chance.randrange(4)):
        for revision in range(chance.randrange(1, 3)):
            yield outcome_pb2.Label(
                prediction_id=row.prediction_id,
                labelled_at=stamp(later() + chance.choice((0, 0, 8 * 24 * HOUR_MS))),
                model="churn",
                revision=revision,
                value=chance.choice((0.0, 1.0, 2.0, 3.0, -1.0)),
                is_withdrawn=chance.random() < 0.2,
                item=item,
            )
