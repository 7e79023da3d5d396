"""One partition number of one model's logs: records are met by id, and what they come to is a pane."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from google.protobuf.message import Message

from assay.api.models.v1 import prediction_pb2
from assay.contracts.model_log import Role
from assay.drift.counting.afterwards import meet_actions, meet_labels, meet_outcomes
from assay.drift.counting.answers import Answers, of_rows
from assay.drift.counting.batches import Batches
from assay.drift.counting.desk import Desk
from assay.drift.counting.joins import Joins
from assay.drift.counting.plan import Plan, References
from assay.drift.counting.predictions import meet_answers
from assay.drift.counting.records import Reading, UnreadableRecordError, ms_of
from assay.drift.counting.samples import meet_samples
from assay.drift.counting.tally import Tally
from assay.drift.counting.vectors import meet_vectors
from assay.streaming.blocks import Block

__all__ = ["Lane"]

END_S = 253_402_300_800
"""The year 10,000: no later time can be written."""

Meet = Callable[[Desk, Plan, Sequence[Any]], None]

TIMES: Mapping[Role, str] = {
    "predictions": "predicted_at",
    "features": "predicted_at",
    "actions": "acted_at",
    "outcomes": "observed_at",
    "labels": "labelled_at",
    "skew": "sampled_at",
}
MEET: Mapping[Role, Meet] = {
    "features": meet_vectors,
    "actions": meet_actions,
    "outcomes": meet_outcomes,
    "labels": meet_labels,
    "skew": meet_samples,
}


class Lane:
    """Everything in it blocks; its calls come one after another."""

    def __init__(self, joins: Joins, references: References, reading: Reading) -> None:
        self.joins = joins
        self._reading = reading
        self._desk = Desk(joins, references, Tally(), joins.watermark_ms)
        self._was_restored = False

    def restore(self, plan: Plan, block: Block) -> None:
        """Meet records that were counted before; nothing is forgotten meanwhile, for the logs come one after another."""
        self._was_restored = True
        self._desk.is_read_again = True
        try:
            self._take(plan, block)
        finally:
            self._desk.is_read_again = False

    def judge(self, plan: Plan, block: Block) -> None:
        """Meet records and count them."""
        self._forget_again(plan)
        self._take(plan, block)
        self._desk.forget(plan)
        if counting := self._desk.counting(plan):
            counting.settle()
            self._desk.tally.render()

    def commit(self, positions: Mapping[str, int]) -> None:
        """Keep for good what was met, with the positions up to which it was; what was tallied is in its pane."""
        self.joins.commit(positions, self._desk.watermark_ms)
        self._desk.tally = Tally()

    def clear(self) -> None:
        """Forget everything."""
        self.joins.clear()
        self._desk.tally, self._desk.watermark_ms = Tally(), None

    @property
    def tally(self) -> Tally:
        """What was counted since the last commit."""
        return self._desk.tally

    def _forget_again(self, plan: Plan) -> None:
        """Forget in silence what was forgotten, and said to be, before what was read again was lost."""
        if self._was_restored:
            self._desk.is_read_again = True
            self._desk.forget(plan)
            self._desk.is_read_again = False
            self._was_restored = False

    def _take(self, plan: Plan, block: Block) -> None:
        role = plan.model.topics.get(block.topic)
        if role is None:  # a contract was taken back meanwhile
            return
        if role == "predictions":
            self._take_predictions(plan, block)
            return
        messages = [message for _, message in self._messages(plan, role, block)]
        if messages:
            MEET[role](self._desk, plan, messages)

    def _take_predictions(self, plan: Plan, block: Block) -> None:
        singles: list[tuple[prediction_pb2.Prediction, int]] = []
        batches = Batches(plan.model.schema, len(plan.model.classes))
        for place, message in self._messages(plan, "predictions", block):
            if not isinstance(message, prediction_pb2.PredictionBatch):
                singles.append((message, block.timestamps_ms[place]))  # type: ignore[arg-type]  # the other class of this log
                continue
            try:
                for answers in batches.add(message, block.timestamps_ms[place]):
                    self._meet(plan, answers)
            except UnreadableRecordError as error:
                self._reading.note(block, place, error)
        for answers in batches.rest():
            self._meet(plan, answers)
        if singles:
            self._take_singles(plan, singles)

    def _meet(self, plan: Plan, answers: Answers) -> None:
        late = self._desk.pass_time(plan, answers.at_ms, answers.arrived_ms)
        meet_answers(self._desk, plan, answers.take(np.flatnonzero(~late)) if late.any() else answers)

    def _take_singles(self, plan: Plan, singles: Sequence[tuple[prediction_pb2.Prediction, int]]) -> None:
        by_version: defaultdict[str, list[tuple[prediction_pb2.Prediction, int]]] = defaultdict(list)
        at_ms = np.array([ms_of(each, "predicted_at") for each, _ in singles], dtype=np.int64)
        late = self._desk.pass_time(plan, at_ms, np.array([arrived_ms for _, arrived_ms in singles], dtype=np.int64))
        for place in np.flatnonzero(~late).tolist():
            by_version[singles[place][0].model_version].append(singles[place])
        for of_version in by_version.values():
            messages, arrived_ms = zip(*of_version, strict=True)
            meet_answers(self._desk, plan, of_rows(messages, arrived_ms, len(plan.model.classes)))

    def _messages(self, plan: Plan, role: Role, block: Block) -> list[tuple[int, Message]]:
        """The messages of a block that have an id and a time."""
        found = []
        for place, message in self._reading.messages(plan.model.logs[role], block):
            stamp = getattr(message, TIMES[role])
            is_whole = message.prediction_id and message.HasField(TIMES[role])  # type: ignore[attr-defined]  # every log has it
            if is_whole and 0 <= stamp.seconds < END_S:
                found.append((place, message))
            else:
                self._reading.note(block, place, UnreadableRecordError("no prediction id, or no time"))
        return found
