"""The delay model at work: it answers as a flight is due to leave, and the truth is told as the flight lands."""

from __future__ import annotations

import heapq
import time

from assay.client import Answer, Predictions
from assay.examples.flights.model import CLASSES, THRESHOLD, DelayModel
from assay.examples.flights.questions import Question

__all__ = ["DAY_MS", "Desk", "label_of"]

DAY_MS = 86_400_000


class Desk:
    """Answers questions in the order of time, and logs each answer; before it does, the labels of what has landed by then.

    Times in the log are those of the flights. Latency is what the answer really took. A day begins once all of the day before
    is delivered: played back in seconds, what takes a little longer would be days late.
    """

    def __init__(self, log: Predictions, model: DelayModel) -> None:
        self._log = log
        self._model = model
        self._in_the_air: list[tuple[int, str, bool]] = []
        self.scores: list[float] = []
        """What was answered, in the order of the questions."""
        self._day = 0
        self.labelled = 0
        """How many have landed."""

    async def ask(self, question: Question) -> None:
        """Answer a question; it was asked no earlier than the one before."""
        await self._land(question.at_ms)
        if self._day != question.at_ms // DAY_MS:
            await self._log.flush()
            self._day = question.at_ms // DAY_MS
        began = time.perf_counter()
        score = self._model.score(question.features)
        answer = Answer(score, label_of(score), latency_ms=1000 * (time.perf_counter() - began))
        await self._log.predict(question.features, answer, prediction_id=question.prediction_id, at_ms=question.at_ms)
        self.scores.append(score)
        if question.is_late is not None and question.landed_ms is not None:
            heapq.heappush(self._in_the_air, (question.landed_ms, question.prediction_id, question.is_late))

    async def close(self) -> None:
        """Wait for all that are in the air."""
        while self._in_the_air:
            await self._land(self._in_the_air[0][0])

    async def _land(self, until_ms: int) -> None:
        while self._in_the_air and self._in_the_air[0][0] <= until_ms:
            landed_ms, name, is_late = heapq.heappop(self._in_the_air)
            await self._log.label(name, label=CLASSES[is_late], source="system", at_ms=landed_ms)
            self.labelled += 1


def label_of(score: float) -> str:
    """What the model says at that chance."""
    return CLASSES[score >= THRESHOLD]
