"""How well a model does, learnt from its first windows with labels, where its reference has none."""

from __future__ import annotations

import base64
import functools
import json
import zlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace

from assay.monitoring.concept import Dispersion, LabelledReference, Level, alike
from assay.monitoring.concept.dispersion import LEAST_WINDOWS
from assay.monitoring.errors import MonitoringError
from assay.monitoring.performance import MulticlassCounts
from assay.monitoring.performance.papers import ModelCounts, performance_paper, read_performance

__all__ = ["LEAST_WINDOWS", "Learning"]


@dataclass(frozen=True, slots=True)
class Learning:
    """The windows that were learnt from so far, and once there are twenty what they teach, all packed."""

    seen: int = 0
    """Windows of the series, with labels or without."""
    taken: int | None = None
    """Which of them was the last to be learnt from."""
    windows: tuple[str, ...] = ()
    learnt: str = ""
    levels: tuple[Level, ...] = ()

    def reference(self) -> LabelledReference | None:
        """Return what was learnt; None while it is being learnt."""
        return LabelledReference(_unpacked(self.learnt), self.levels) if self.learnt else None

    def fits(self, window: ModelCounts) -> bool:
        """Whether what was taken so far was counted as this window was."""
        known = self.learnt or next(iter(self.windows), "")
        return not known or alike(_unpacked(known), window)

    def passed(self) -> Learning:
        """Return it after a window that teaches nothing."""
        return replace(self, seen=self.seen + 1)

    def with_window(self, window: ModelCounts, overlap: int) -> Learning:
        """Return it after a window that has labels enough; one that shares predictions with the last taken is passed."""
        if self.taken is not None and self.seen - self.taken < overlap:
            return self.passed()
        windows = (*self.windows, _packed(window.bare() if isinstance(window, MulticlassCounts) else window))
        if len(windows) < LEAST_WINDOWS:
            return Learning(self.seen + 1, self.seen, windows)
        made = LabelledReference.of([_unpacked(each) for each in windows])
        return Learning(self.seen + 1, self.seen, (), _packed(made.counts), made.levels)

    def as_json(self) -> dict[str, object]:
        """Return it as a JSON object: some kilobytes while it learns, one or two after that."""
        levels = [{"labelled": each.labelled, **asdict(each.dispersion)} for each in self.levels]
        return {
            "seen": self.seen,
            "taken": self.taken,
            "windows": [*self.windows],
            "learnt": self.learnt,
            "levels": levels,
        }

    @classmethod
    def from_json(cls, written: object) -> Learning:
        """Read what `as_json` wrote; from anything else nothing was learnt."""
        match written:
            case {
                "seen": int(seen),
                "taken": int() | None as taken,
                "windows": list(windows),
                "learnt": str(learnt),
                "levels": list(levels),
            }:
                return cls(seen, taken, tuple(map(str, windows)), learnt, _levels(levels))
        return cls()


def _levels(written: Sequence[dict[str, float]]) -> tuple[Level, ...]:
    return tuple(
        Level(each["labelled"], Dispersion(each["loss"], each["foretold"], each["calibration"])) for each in written
    )


def _packed(window: ModelCounts) -> str:
    return base64.b85encode(zlib.compress(json.dumps(performance_paper([window])).encode())).decode()


@functools.lru_cache(maxsize=256)
def _unpacked(text: str) -> ModelCounts:
    try:
        return read_performance(zlib.decompress(base64.b85decode(text)))[0]
    except (ValueError, zlib.error, IndexError) as error:
        raise MonitoringError(f"the state of a series holds no counts where it should: {error}") from error
