"""Detectors that read losses one by one, in the order of labels, and say where their level changed. Need River."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

__all__ = ["Detector", "adwin", "changes", "page_hinkley"]


class Detector(Protocol):
    """What keeps a level of loss and notices when it is another."""

    def update(self, x: float) -> object:
        """Read one loss."""

    @property
    def drift_detected(self) -> bool:
        """Whether the loss just read completes a change."""


def adwin(delta: float = 0.002) -> Detector:
    """Return ADWIN: it finds changes of a mean; `delta` bounds false ones."""
    from river.drift import ADWIN

    detector: Detector = ADWIN(delta=delta)  # type: ignore[no-untyped-call]  # River types it nowhere
    return detector


def page_hinkley(delta: float = 0.005, threshold: float = 50.0, least: int = 30) -> Detector:
    """Return Page and Hinkley's test in both directions: it adds up what is above the running mean by more than `delta`."""
    from river.drift import PageHinkley

    detector: Detector = PageHinkley(min_instances=least, delta=delta, threshold=threshold)
    return detector


def changes(detector: Detector, losses: Iterable[float]) -> list[int]:
    """Return the places of losses, from 0, at which the detector has seen a change."""
    found: list[int] = []
    for at, loss in enumerate(losses):
        detector.update(loss)
        if detector.drift_detected:
            found.append(at)
    return found
