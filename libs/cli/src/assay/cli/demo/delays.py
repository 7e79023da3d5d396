"""The delay model of the example, trained, with what it is asked and what it is held to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, repeat

from assay.examples.flights.model import TRAINED_UNTIL_MS, DelayModel, trained
from assay.examples.flights.questions import Known, Question, known_of
from assay.examples.flights.reference import Reference, reference_of

__all__ = ["Delays", "read_delays"]


@dataclass(frozen=True, slots=True, eq=False)
class Delays:
    """A model that has learnt from the first weeks, and the questions that came after, one for each flight."""

    model: DelayModel
    reference: Reference
    learnt_from: int
    asked: Known

    def by_departure(self) -> Iterator[Question | None]:
        """What is asked with each departure, in their order: nothing of those that it has learnt from."""
        return chain(repeat(None, self.learnt_from), self.asked.questions())


def read_delays(last_month: int) -> Delays:
    """Read the questions up to and with that month, and train the model; blocks for seconds.

    Raises:
        TableNotFoundError: the tables are not installed.
    """
    known = known_of(last_month)
    first = known.before(TRAINED_UNTIL_MS)
    learnt_from = known.part(0, first)
    model = trained(learnt_from)
    return Delays(model, reference_of(learnt_from, model), first, known.part(first, len(known)))
