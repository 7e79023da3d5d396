"""One answer in the making: timed, and open for what the code that answers knows of it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass, field

from assay.client.analytical.answer import Answer, Status
from assay.client.analytical.features import Value

__all__ = ["Inference", "current_inference", "timed"]

_CURRENT: ContextVar[Inference | None] = ContextVar("inference", default=None)


@dataclass(slots=True)
class Inference:
    """What is logged when the block ends. Set what is known; `status` and `latency_ms` are found out."""

    prediction_id: str
    at_ms: int
    features: dict[str, Value] = field(default_factory=dict)
    score: float | None = None
    label: str = ""
    probabilities: Sequence[float] = ()
    latency_ms: float | None = None
    features_ms: float | None = None
    status: Status = "ok"
    error_class: str = ""
    is_fallback: bool = False
    entity: str = ""
    user: str = ""
    variant: str = ""
    experiment: str = ""
    items: Sequence[str] = ()
    item_scores: Sequence[float] = ()

    def failed(self, status: Status, error_class: str) -> None:
        """Say how it ended, where that was no exception."""
        self.status, self.error_class = status, error_class

    def answer(self) -> Answer:
        """What it is by now; one that was cut short has no score, no label and no list."""
        is_ok = self.status == "ok"
        return Answer(
            score=self.score if is_ok else None,
            label=self.label if is_ok else "",
            probabilities=self.probabilities if is_ok else (),
            latency_ms=self.latency_ms,
            features_ms=self.features_ms,
            status=self.status,
            error_class=self.error_class,
            is_fallback=self.is_fallback,
            entity=self.entity,
            user=self.user,
            variant=self.variant,
            experiment=self.experiment,
            items=self.items if is_ok else (),
            item_scores=self.item_scores if is_ok else (),
        )


def current_inference() -> Inference | None:
    """The inference that this code runs in; None outside of any."""
    return _CURRENT.get()


@contextmanager
def timed(inference: Inference) -> Iterator[None]:
    """Run a block as the current inference: its time is the latency, its exception the status. Nothing is caught."""
    token = _CURRENT.set(inference)
    start = time.perf_counter()
    try:
        yield
    except BaseException as error:
        if inference.status == "ok":  # else who knows better has said it
            inference.failed(_status(error), type(error).__name__)
        raise
    finally:
        inference.latency_ms = (time.perf_counter() - start) * 1000
        with suppress(ValueError):  # a stream that nobody reads to its end is closed in another context, which has none
            _CURRENT.reset(token)


def _status(error: BaseException) -> Status:
    if isinstance(error, asyncio.CancelledError | GeneratorExit):
        return "cancelled"
    return "timeout" if isinstance(error, TimeoutError) else "error"
