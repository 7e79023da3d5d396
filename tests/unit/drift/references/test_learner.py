"""A reference is learnt from different predictions, however often some of them were written."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from dataclasses import replace

from assay.api.models.v1 import prediction_pb2
from assay.contracts.monitoring import Monitoring
from assay.drift.references.first_rows import put_together
from assay.drift.references.learner import Learner
from assay.streaming.record import Partition, Record
from tests.unit.drift.counting.logs import BEGIN_MS, stamp, watched
from tests.unit.drift.counting.stories import batch

WANTED = 40


class Records:
    """A log that is read ten predictions at a time."""

    def __init__(self, names: Sequence[str]) -> None:
        self.names = names
        self.given = 0

    async def forward(self, partition: Partition, since_ms: int) -> AsyncGenerator[Sequence[Record]]:
        for start in range(0, len(self.names), 10):
            self.given += 1
            value = batch([_predicted(name) for name in self.names[start : start + 10]], [_VECTOR] * 10)
            yield [Record(partition.topic, partition.partition, start, since_ms, None, value)]


_VECTOR = prediction_pb2.FeatureVector(numbers=[1.0], texts=["free"])


def _predicted(name: str) -> prediction_pb2.Prediction:
    return prediction_pb2.Prediction(
        prediction_id=name, predicted_at=stamp(BEGIN_MS), model_version="1", status="ok", score=0.5, label="no"
    )


async def test_reading_ends_at_enough_predictions_and_a_repeat_is_not_another_one() -> None:
    model = watched(replace(Monitoring(), reference_rows=WANTED))
    learner = Learner("", None, lambda: {model.name: model})  # type: ignore[arg-type]  # nobody asks for references
    records = Records([f"p{each // 2}" for each in range(400)])

    topic = Partition(model.predictions.topics.validated, 0)
    parts = await learner._answers(records, model, "1", topic, WANTED, 0)  # type: ignore[arg-type]  # it gives what a log gives

    found = put_together(parts, WANTED)
    assert found is not None
    assert sorted(found.ids) == sorted({f"p{each}" for each in range(WANTED)})
    assert records.given == 2 * WANTED // 10
